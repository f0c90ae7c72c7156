#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# First step of DeployTask: fetches the manifests at the commit that was built.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"

fail_later
result "$RESULT_DEPLOYMENT" ''

check_repository "$REPOSITORY"
check commit "$COMMIT" '[0-9a-f]{40}|[0-9a-f]{64}' 'a whole commit id'
check_path path "$MANIFESTS"

[ "$CANDIDATE" != "$BASELINE" ] || exit 0

say "fetching $MANIFESTS of $REPOSITORY at $COMMIT"
fetch "$REPOSITORY" "$COMMIT" "$WORK/source"
case "$(cd "$WORK/source/$MANIFESTS" 2>/dev/null && pwd -P)/" in
"$(cd "$WORK/source" && pwd -P)"/*) ;;
*) fail "param path is '$MANIFESTS', which is no folder of the repository at commit $COMMIT" ;;
esac
