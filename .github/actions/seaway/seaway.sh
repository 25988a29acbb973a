#!/usr/bin/env bash
# Reviews a change of stacks: checks them, compares them with the base revision, and keeps one comment with the comparison.
#
# It runs in GitHub Actions, where `action.yml` calls it, and in GitLab CI/CD, where the template holds the same text. The names of
# branches and all text of a stack belong to the author of the change: they are data here, and never part of a command.
#
#   SEAWAY_PATHS     stacks or folders of stacks, one a line; the current folder by default
#   SEAWAY_STAGES    stages, one a line; all of them by default
#   SEAWAY_BASE      revision to compare with; by default where the pull request or merge request goes
#   SEAWAY_FAIL_ON   fail if this consequence or a worse one follows
#   SEAWAY_COMMENT   `true`: comment on pull request SEAWAY_NUMBER
#   SEAWAY_TOKEN     of GitLab: token of the project with the scope `api`
#   SEAWAY_RENDERED  of GitHub: render into this folder, then commit and push it
#   SEAWAY_REPORTS   folder for the reports, outside of the stacks
# shellcheck disable=SC2016  # messages have backticks, and GraphQL has dollars
set -euo pipefail

# Most bytes of a comment: GitHub takes 65,536 characters (https://github.com/orgs/community/discussions/41331).
most=65536
nothing=$'### Seaway\n\nNothing differs in what is applied.'
errors=$'### Seaway\n\nThe stacks cannot be compared. The log of this run has the errors.'

# Messages ---------------------------------------------------------------------------------------------------------------
is_gitlab() { [[ ${GITLAB_CI-} == true ]]; }

# announce error|warning TEXT
announce() {
  if is_gitlab; then
    printf '%s: %s\n' "$1" "$2" >&2
    return
  fi
  # https://docs.github.com/actions/reference/workflow-commands-for-github-actions
  local text=${2//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '::%s title=Seaway::%s\n' "$1" "${text//$'\n'/%0A}"
}

fail() {
  announce error "$1"
  exit 1
}

need() { command -v "$1" >/dev/null || fail "there is no program \`$1\` on PATH${2:+: $2}"; }

# What is asked for ------------------------------------------------------------------------------------------------------
# lines TEXT: its lines without the space around them, and without the empty ones.
lines() { sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' <<<"$1"; }

read_inputs() {
  local line
  mapfile -t paths < <(lines "${SEAWAY_PATHS-}")
  ((${#paths[@]})) || paths=(.)
  for line in "${paths[@]}"; do
    [[ $line != /* ]] || fail "\`$line\` is not a path of the repository: write it from the current folder"
  done
  stages=()
  while read -r line; do stages+=("--stage=$line"); done < <(lines "${SEAWAY_STAGES-}")
  fail_on=()
  [[ -z ${SEAWAY_FAIL_ON-} ]] || fail_on=("--fail-on=$SEAWAY_FAIL_ON")
  base=${SEAWAY_BASE-}
  base=${base%:}
  if is_gitlab; then
    format=human
    base=${base:-${CI_MERGE_REQUEST_DIFF_BASE_SHA-}}
    number=${CI_MERGE_REQUEST_IID-}
  else
    format=github
    base=${base:-${GITHUB_BASE_REF:+origin/$GITHUB_BASE_REF}}
    number=${SEAWAY_NUMBER-}
  fi
  # The first line of the comment, which finds it again: two jobs with other stacks have a comment each.
  marker="<!-- seaway $(printf '%s\n' "${paths[@]}" -- "${stages[@]}" | git hash-object --stdin) -->"
}

# Check ------------------------------------------------------------------------------------------------------------------
check() {
  seaway check "${stages[@]}" --message-format="$format" -- "${paths[@]}" || status=1
  # The reports hold the same messages once more, and exist where there are none.
  local to=$reports/seaway.sarif
  seaway check "${stages[@]}" --message-format=sarif -- "${paths[@]}" 2>"$to" || true
  if is_gitlab; then
    code_quality
  elif [[ -n ${GITHUB_OUTPUT-} ]]; then
    echo "sarif=$to" >>"$GITHUB_OUTPUT"
  fi
}

# The report that GitLab shows in the diff: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
code_quality() {
  local messages fingerprint line
  messages=$(seaway check "${stages[@]}" --message-format=json --color=never -- "${paths[@]}" 2>&1 >/dev/null || true)
  jq --compact-output --raw-input 'fromjson? | select(.allowed == null) | {
    description: ([.message] + .notes + [.help // empty] | join("\n")),
    check_name: .code,
    severity: ({error: "major", warning: "minor"}[.severity] // "info"),
    location: {path: (.labels[0].file // "."), lines: {begin: (.labels[0].line // 1)}}
  }' <<<"$messages" | while read -r line; do
    # Lines move while a change is worked on; the message stays the same.
    fingerprint=$(jq --compact-output '[.check_name, .location.path, .description]' <<<"$line" | git hash-object --stdin)
    jq --arg fingerprint "$fingerprint" '. + {fingerprint: $fingerprint}' <<<"$line"
  done | jq --slurp . >"$reports/seaway-code-quality.json"
}

# Compare ----------------------------------------------------------------------------------------------------------------
has_base() {
  git rev-parse --verify --quiet --end-of-options "$base^{commit}" >/dev/null && return
  local help="name a revision that \`git rev-parse\` knows"
  if [[ $(git rev-parse --is-shallow-repository) == true ]]; then
    help="this clone is shallow. Write \`fetch-depth: 0\` for actions/checkout"
    if is_gitlab; then help="this clone is shallow. Write \`GIT_DEPTH: \"0\"\` under \`variables\`"; fi
  fi
  announce error "there is no revision \`$base\` to compare with: $help"
  return 1
}

# compare PATH: writes the comparison of a path to $scratch/one.
compare() {
  local old=$base:./$1
  # The change could bring a file of this name, and so choose what it is compared with.
  if [[ -e $old ]]; then
    announce error "\`$old\` is a file of the working tree, and the name of the base revision: rename it"
    return 1
  fi
  local code=0
  seaway diff "${stages[@]}" "${fail_on[@]}" --format=markdown --message-format="$format" -- "$old" >"$scratch/one" || code=$?
  ((code == 0)) && return
  status=1
  # An error leaves the output empty. A comparison with this exit code is one that `--fail-on` refuses.
  [[ -s $scratch/one ]] && announce error "the change has the consequence \`$SEAWAY_FAIL_ON\` or a worse one"
}

# Writes the body of the comment; `is_news` says whether it is worth a new one.
compare_all() {
  local path one left_out='' reserve
  is_news=false
  # The names of all paths fit, should they be left out.
  reserve=$((100 + $(printf '`%s`, ' "${paths[@]}" | wc -c)))
  printf '%s\n' "$marker" >"$body"
  if ! has_base; then
    status=1
    printf '%s\n' "$errors" >>"$body"
    return
  fi
  for path in "${paths[@]}"; do
    if ! compare "$path"; then
      status=1
      printf '%s\n%s\n' "$marker" "$errors" >"$body"
      is_news=false
      return
    fi
    one=$(<"$scratch/one")
    [[ $one != "$nothing" ]] || continue
    is_news=true
    if ((${#paths[@]} > 1)); then one=${one/#'### Seaway'/"### Seaway: \`$path\`"}; fi
    if (($(wc -c <"$body") + $(wc -c <<<"$one") + reserve > most)); then
      left_out="${left_out:+$left_out, }\`$path\`"
    else
      printf '%s\n\n' "$one" >>"$body"
    fi
  done
  if ! $is_news; then printf '%s\n' "$nothing" >>"$body"; fi
  if [[ -n $left_out ]]; then
    printf 'A comment holds %d characters, so these are left out: %s.\n' "$most" "$left_out" >>"$body"
  fi
}

# Comment ----------------------------------------------------------------------------------------------------------------
# Only a comment of this token counts: anybody can write the marker.
github_find() {
  local query='query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { comments(first: 100, after: $endCursor) {
      nodes { id viewerDidAuthor body } pageInfo { hasNextPage endCursor } } } } }'
  gh api graphql --paginate --raw-field query="$query" --raw-field owner="${GITHUB_REPOSITORY%%/*}" \
    --raw-field name="${GITHUB_REPOSITORY#*/}" --field number="$number" \
    --jq '.data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor) | {id, body}' |
    jq --raw-output --arg marker "$marker" 'select(.body | startswith($marker)) | .id'
}

github_create() {
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" --field body=@"$body"
}

# github_update ID
github_update() {
  local query='mutation($id: ID!, $body: String!) { updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }'
  gh api graphql --silent --raw-field query="$query" --raw-field id="$1" --field body=@"$body"
}

# gitlab METHOD PATH [OPTION...]: the token stands in no command line, where `ps` would show it, and in no log.
gitlab() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --fail --request "$method" --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$SEAWAY_TOKEN") \
    "$@" "$CI_API_V4_URL/$path"
}

# https://docs.gitlab.com/api/notes/#merge-requests
gitlab_notes() { echo "projects/$CI_PROJECT_ID/merge_requests/$number/notes"; }

gitlab_find() {
  local me page=1 notes
  me=$(gitlab GET user | jq .id) || return
  while :; do
    notes=$(gitlab GET "$(gitlab_notes)?per_page=100&page=$page") || return
    jq --raw-output --argjson me "$me" --arg marker "$marker" \
      '.[] | select(.author.id == $me and (.body | startswith($marker))) | .id' <<<"$notes" || return
    (($(jq length <<<"$notes") == 100)) || return 0
    page=$((page + 1))
  done
}

# A line that begins with a slash is a command to GitLab: https://docs.gitlab.com/user/project/quick_actions/
gitlab_body() { sed 's|^\([[:space:]]*\)/|\1\&#47;|' "$body"; }
gitlab_create() { gitlab_body | gitlab POST "$(gitlab_notes)" --data-urlencode body@- >/dev/null; }
# gitlab_update ID
gitlab_update() { gitlab_body | gitlab PUT "$(gitlab_notes)/$1" --data-urlencode body@- >/dev/null; }

# Writes the body into the comment of an earlier run, or into a new one if there is something to say.
comment() {
  local found
  if is_gitlab; then
    found=$(gitlab_find) || return
    if [[ -n $found ]]; then gitlab_update "${found%%$'\n'*}"; elif $is_news; then gitlab_create; fi
  else
    found=$(github_find) || return
    if [[ -n $found ]]; then github_update "${found%%$'\n'*}"; elif $is_news; then github_create; fi
  fi
}

# A token may only read, as that of a pull request from a fork does. The comparison is a report of the run, too.
try_comment() {
  [[ ${SEAWAY_COMMENT-} == true && -n $number ]] || return 0
  [[ $number =~ ^[0-9]+$ ]] || fail "\`$number\` is not the number of a pull request"
  if is_gitlab; then
    need curl
    if [[ -z ${SEAWAY_TOKEN-} ]]; then
      announce warning 'no comment is written: the CI/CD variable SEAWAY_TOKEN has no token'
      return
    fi
    [[ $SEAWAY_TOKEN =~ ^[A-Za-z0-9._=-]+$ ]] || fail 'SEAWAY_TOKEN is not a token of GitLab'
  else
    need gh 'https://cli.github.com'
    need jq
  fi
  local right='the job needs `pull-requests: write`, which a pull request from a fork never gets'
  if is_gitlab; then right='SEAWAY_TOKEN needs the scope `api` and the role Reporter'; fi
  comment || announce warning "the comment could not be written: $right"
}

# Rendered files ---------------------------------------------------------------------------------------------------------
commit_rendered() {
  local branch folder=$SEAWAY_RENDERED
  branch=$(git symbolic-ref --quiet --short HEAD) ||
    fail 'no branch is checked out, so the rendered files cannot be pushed. Write `ref: ${{ github.head_ref }}` for actions/checkout'
  seaway render --out="$folder" --message-format="$format" -- "${paths[@]}" || return
  git --literal-pathspecs add --all -- "$folder"
  if git --literal-pathspecs diff --cached --quiet -- "$folder"; then return; fi
  # https://github.com/actions/checkout#push-a-commit-to-a-pr-using-the-built-in-token
  git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \
    --literal-pathspecs commit --quiet --message='Render the stacks' -- "$folder"
  git push --quiet origin "HEAD:refs/heads/$branch"
}

main() {
  need seaway
  need git
  if is_gitlab; then need jq; fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  reports=${SEAWAY_REPORTS:?}
  mkdir -p "$reports"
  body=$scratch/body status=0 is_news=false
  read_inputs
  check
  if [[ -n $base ]]; then
    if ((status == 0)); then
      compare_all
    else
      printf '%s\n%s\n' "$marker" "$errors" >"$body"
    fi
    cp "$body" "$reports/seaway.md"
    if [[ -n ${GITHUB_OUTPUT-} ]]; then echo "comparison=$reports/seaway.md" >>"$GITHUB_OUTPUT"; fi
    if [[ -n ${GITHUB_STEP_SUMMARY-} ]]; then cat "$body" >>"$GITHUB_STEP_SUMMARY"; fi
    try_comment
  fi
  if [[ -n ${SEAWAY_RENDERED-} ]] && ((status == 0)); then commit_rendered; fi
  exit "$status"
}

main
