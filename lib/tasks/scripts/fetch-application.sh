#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# First step of DeployApplicationTask: checks the params, and fetches the manifests.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"

result "$RESULT_COMMIT" ''
result "$RESULT_APPLIED" ''

check_repository "$REPOSITORY"
[ -z "$REVISION" ] || check_revision "$REVISION"
check_path path "$MANIFESTS"
check_label namespace "$NAMESPACE"
optional check host "$HOST" '[a-z0-9]([a-z0-9.-]*[a-z0-9])?' 'a DNS name in lower case, such as bookinfo.example.com' 253
check_number ready-deadline "$READY_SECONDS"

say "fetching $MANIFESTS of $REPOSITORY at ${REVISION:-the head of the default branch}"
fetch "$REPOSITORY" "$REVISION" "$WORK/source"
commit=$(git rev-parse HEAD)
result "$RESULT_COMMIT" "$commit"

root=$(pwd -P)
all=$(readlink -f "$root/$MANIFESTS") && [ -e "$all" ] || fail "param path is '$MANIFESTS', which commit $commit does not have"
# A link could lead to what only the next step can read.
outside=$({ printf '%s\n' "$all" && find "$all" -type l -exec readlink -f {} \;; } |
	awk -v root="$root" '$0 != root && index($0, root "/") != 1 { print; exit }')
[ -z "$outside" ] || fail "param path is '$MANIFESTS', in which a link leads out of the repository, to $(shown "$outside")"
