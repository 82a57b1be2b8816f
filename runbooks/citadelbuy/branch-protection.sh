# Locks the production branch, and puts its protection back as it was found. DO is lock or restore.
# GitHub answers in one form and takes another, and a PUT replaces everything: what was there is kept in the form of a PUT.

kept="$CUTOVER_VAR_EVIDENCE/branch-protection-$STAMP.json"
address="repos/$CUTOVER_VAR_REPOSITORY/branches/main/protection"

as_put='{
  required_status_checks: (.required_status_checks | if . then {strict, contexts} else null end),
  enforce_admins: .enforce_admins.enabled,
  required_pull_request_reviews: (.required_pull_request_reviews | if . then
    {dismiss_stale_reviews, require_code_owner_reviews, required_approving_review_count} else null end),
  restrictions: (.restrictions | if . then
    {users: [.users[].login], teams: [.teams[].slug], apps: [.apps[].slug]} else null end),
  lock_branch: .lock_branch.enabled
}'
locked='{
  "required_status_checks": null,
  "enforce_admins": true,
  "required_pull_request_reviews": {"required_approving_review_count": 2},
  "restrictions": null,
  "lock_branch": true
}'

case "$DO" in
  lock)
    umask 077
    mkdir -p -- "$CUTOVER_VAR_EVIDENCE"
    if [ ! -e "$kept" ]; then
      if gh api "$address" --jq "$as_put" > "$kept.part" 2> "$kept.error"; then
        mv -- "$kept.part" "$kept"
      elif grep -q 'HTTP 404' "$kept.error"; then
        echo none > "$kept"
      else
        cat -- "$kept.error" >&2
        exit 1
      fi
    fi
    if [ "$(cat -- "$kept")" = none ]; then
      printf '%s' "$locked" | gh api "$address" --method PUT --input -
    else
      gh api "$address" --jq "$as_put | .lock_branch = true | .enforce_admins = true
        | .required_pull_request_reviews.required_approving_review_count = 2" |
        gh api "$address" --method PUT --input -
    fi
    ;;
  restore)
    if [ ! -e "$kept" ]; then
      echo "nothing was kept for $STAMP: the branch was never locked"
    elif [ "$(cat -- "$kept")" = none ]; then
      gh api "$address" --method DELETE
    else
      gh api "$address" --method PUT --input "$kept"
    fi
    ;;
  *) echo "unknown: DO=$DO" >&2 && exit 2 ;;
esac
