#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# First step of DeployTask: fetches the manifests at the commit that was built.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"

fail_later
result "$RESULT_DEPLOYMENT" ''

check_repository "$REPOSITORY"
check commit "$COMMIT" "$whole_commit" 'a whole commit id'
check_path path "$MANIFESTS"
check format "$FORMAT" 'kustomize|yaml' 'kustomize or yaml'
optional check_path patch "$PATCH"

[ "$CANDIDATE" != "$BASELINE" ] || exit 0

say "fetching $MANIFESTS of $REPOSITORY at $COMMIT"
fetch "$REPOSITORY" "$COMMIT" "$WORK/source"
root=$(cd "$WORK/source" && pwd -P)
# has_folder PATH, has_file PATH: whether the repository has it; what a link leads to may be anywhere.
has_folder() {
	case $(cd "$root/$1" 2>/dev/null && pwd -P)/ in
	"$root"/*) ;;
	*) return 1 ;;
	esac
}
has_file() { [ -f "$root/$1" ] && [ ! -L "$root/$1" ] && has_folder "$(dirname "$1")"; }

case $FORMAT in
yaml)
	has_folder "$MANIFESTS" || has_file "$MANIFESTS" ||
		fail "param path is '$MANIFESTS', which is no file or folder of the repository at commit $COMMIT"
	;;
*)
	has_folder "$MANIFESTS" ||
		fail "param path is '$MANIFESTS', which is no folder of the repository at commit $COMMIT"
	;;
esac
[ -z "$PATCH" ] || has_file "$MANIFESTS/$PATCH" ||
	fail "param patch is '$PATCH', which is no file of the folder $MANIFESTS at commit $COMMIT"
