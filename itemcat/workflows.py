"""Files for the CI of a host: the catalog is checked on every push, its publishers once a week.

The versions of actions are those that the hosts' own documentation shows.
"""

import re
import shlex

from itemcat.hosting import Kind

# What a host's own language would take for its own, in a name: `${{` of GitHub, `$` of a shell in
# a variable of GitLab; line breaks end a command.
_UNFIT = re.compile(r"\$\{\{|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TITLE = "A publisher has changed a file"
# What fetching and reading may need: the spec may ask for another of them at any time.
EXTRAS = "buckets,geoparquet,thumbnails,vector,zarr"

_CHECK = """\
# Made by `itemcat publish --workflow`: is the catalog what the spec asks for, and without fault?
name: itemcat
"on": [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install itemcat==@VERSION@
      - run: |
          itemcat build --check @SPEC@
      - run: |
          itemcat check @SPEC@
"""
_WEEKLY = """\
# Made by `itemcat publish --workflow`: asks the publishers once a week, without any download. Where
# one of them has changed a file, the catalog is built anew on a branch, and a pull request opened.
# That has to be allowed: Settings > Actions > General > "Allow GitHub Actions to create and approve
# pull requests".
name: itemcat weekly
"on":
  schedule:
    - cron: "17 5 * * 1"
  workflow_dispatch:
permissions:
  contents: write
  pull-requests: write
jobs:
  publishers:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install "itemcat[@EXTRAS@]==@VERSION@"
      - shell: bash
        env:
          GH_TOKEN: ${{ github.token }}
        run: |
          itemcat status --remote @SPEC@ | tee "$RUNNER_TEMP/status.txt"
          if grep -q '^nothing to do' "$RUNNER_TEMP/status.txt"; then exit 0; fi
          title=@TITLE@
          waiting=$(gh pr list --state open --json title --jq '.[].title')
          if grep -qxF "$title" <<< "$waiting"; then exit 0; fi
          branch="itemcat/publishers-$GITHUB_RUN_ID"
          git switch --quiet --create "$branch"
          git config user.name "github-actions[bot]"
          git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
          itemcat build --refresh @SPEC@
          itemcat publish @SPEC@
          gh pr create --title "$title" --body-file "$RUNNER_TEMP/status.txt" --head "$branch"
"""
_GITLAB = """\
# Made by `itemcat publish --workflow`: is the catalog what the spec asks for, and without fault?
# A pipeline on a schedule (Build > Pipeline schedules, once a week) asks the publishers. Where one
# of them has changed a file, the catalog is built anew on a branch, and a merge request opened. It
# needs a project access token (role Developer, scopes `api` and `write_repository`) as the masked
# CI/CD variable ITEMCAT_TOKEN; without, the job fails, and GitLab tells you.
itemcat:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "push" || $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - python -m pip install itemcat==@VERSION@
    - |
      itemcat build --check @SPEC@
    - |
      itemcat check @SPEC@
itemcat weekly:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  script:
    - python -m pip install "itemcat[@EXTRAS@]==@VERSION@"
    - |
      itemcat status --remote @SPEC@ > status.txt
      cat status.txt
      if grep -q '^nothing to do' status.txt; then exit 0; fi
      git remote set-url origin "https://itemcat:$ITEMCAT_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git"
      if git ls-remote --exit-code --heads origin 'itemcat/publishers-*'; then exit 0; fi
      branch="itemcat/publishers-$CI_PIPELINE_ID"
      git switch --quiet --create "$branch"
      git config user.name itemcat
      git config user.email "itemcat@$CI_SERVER_HOST"
      itemcat build --refresh @SPEC@
      itemcat publish @SPEC@
      curl --fail --silent --show-error --output /dev/null \\
        --header "PRIVATE-TOKEN: $ITEMCAT_TOKEN" \\
        --data-urlencode source_branch="$branch" \\
        --data-urlencode target_branch="$CI_DEFAULT_BRANCH" \\
        --data-urlencode remove_source_branch=true \\
        --data-urlencode title=@TITLE@ \\
        --data-urlencode description@status.txt \\
        "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests"
"""


def workflows(kind: Kind | None, spec: str, version: str) -> dict[str, str]:
    """The files by their paths from the repository's top; for an unknown host, GitHub's.

    `spec` is the spec's path from there, `version` that of itemcat: another one may render
    other bytes, and a check would then fail without anybody's change. Raises ValueError for a
    path that no such file can hold.
    """
    if _UNFIT.search(spec):
        raise ValueError(spec)
    if kind is Kind.GITLAB:
        return {".gitlab-ci.yml": _filled(_GITLAB, spec, version)}
    name = _name(spec)
    return {
        f".github/workflows/{name}.yml": _filled(_CHECK, spec, version),
        f".github/workflows/{name}-weekly.yml": _filled(_WEEKLY, spec, version),
    }


def _name(spec: str) -> str:
    """The name of a spec's files: one for the usual spec, and one more for each other."""
    if spec == "catalog.yaml":
        return "itemcat"
    plain = re.sub(r"[^a-z0-9]+", "-", spec.lower().removesuffix(".yaml")).strip("-")
    if plain.endswith("weekly"):  # which the name of another spec's second file does, too
        plain += "-yaml"
    return f"itemcat-{plain}" if plain else "itemcat-catalog"


def _filled(text: str, spec: str, version: str) -> str:
    quoted = shlex.quote(spec if not spec.startswith("-") else f"./{spec}")
    title = shlex.quote(_TITLE if spec == "catalog.yaml" else f"{_TITLE}: {spec}")
    marks = {"@EXTRAS@": EXTRAS, "@VERSION@": version, "@TITLE@": title, "@SPEC@": quoted}
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text
