#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Step clone of BuildTask: fetches the repository, and checks what the builder will be given.
# Arguments: the build args, as NAME=VALUE.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"

for file in "$RESULT_COMMIT" "$RESULT_SHORT_COMMIT" "$RESULT_IMAGE_URL" "$RESULT_IMAGE_DIGEST"; do
	result "$file" ''
done

check_repository "$REPOSITORY"
[ -z "$REVISION" ] || check_revision "$REVISION"
check image "$IMAGE" '[a-z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+' \
	'an image without tag and digest, such as registry.example.com/team/service' 255
check_path context "$CONTEXT"
check_path dockerfile "$DOCKERFILE"

# The builder takes the build args as a list in JSON.
list=
for arg; do
	check build-args "$arg" '[A-Za-z_][A-Za-z0-9_]*=[[:print:]]*' 'NAME=VALUE on one line'
	list="$list${list:+,}\"--build-arg=$(printf '%s' "$arg" | sed 's/[\\"]/\\&/g')\""
done
printf '[%s]' "$list" >"$STEP_RESULT_BUILD_ARGS"

if [ -n "$REVISION" ]; then say "fetching $REVISION of $REPOSITORY"; else say "fetching the default branch of $REPOSITORY"; fi
fetch "$REPOSITORY" "$REVISION" "$SOURCE"
commit=$(git rev-parse HEAD)
short_commit=$(printf '%s' "$commit" | cut -c 1-7)
say "commit $commit: $(shown "$(git log -1 --format=%s)")"

# A link could lead out of the repository.
folder=$(cd "$SOURCE/$CONTEXT" 2>/dev/null && pwd -P) ||
	fail "param context is '$CONTEXT', which commit $short_commit does not have as a folder"
case "$folder/" in "$(pwd -P)"/*) ;; *) fail "param context is '$CONTEXT', which leads out of the repository" ;; esac
file=$(readlink -f "$folder/$DOCKERFILE") && [ -f "$file" ] ||
	fail "param dockerfile is '$DOCKERFILE', which commit $short_commit does not have in its folder $CONTEXT"
case $file in "$(pwd -P)"/*) ;; *) fail "param dockerfile is '$DOCKERFILE', which leads out of the repository" ;; esac

result "$STEP_RESULT_TAG" "$commit"
result "$RESULT_COMMIT" "$commit"
result "$RESULT_SHORT_COMMIT" "$short_commit"
result "$RESULT_IMAGE_URL" "$IMAGE"
