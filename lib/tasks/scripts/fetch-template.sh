#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# First step of ExperimentTask: fetches the file with the Experiment, where it is in the repository.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"
fail_later

optional check_path template-path "$TEMPLATE_PATH"
[ -z "$REPOSITORY" ] || check_repository "$REPOSITORY"
check commit "$COMMIT" '[0-9a-f]{7}[0-9a-f]*' 'a commit' 64
[ -n "$TEMPLATE_PATH" ] || exit 0
[ -n "$REPOSITORY" ] || fail "param repository is empty; expected the URL of the repository that has $TEMPLATE_PATH"

say "fetching $TEMPLATE_PATH of $REPOSITORY at $COMMIT"
fetch "$REPOSITORY" "$COMMIT" "$WORK/source"
file=$(readlink -f "$WORK/source/$TEMPLATE_PATH") && [ -f "$file" ] ||
	fail "param template-path is '$TEMPLATE_PATH', which commit $COMMIT does not have as a file; add an Experiment there, or name the right file"
case $file in "$(cd "$WORK/source" && pwd -P)"/*) ;; *) fail "param template-path is '$TEMPLATE_PATH', which leads out of the repository" ;; esac
cp "$file" "$WORK/template"
