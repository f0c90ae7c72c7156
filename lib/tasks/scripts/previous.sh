#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of PreviousTask: finds the version that is live, and which one was live before it. Changes nothing.
set -eu
. "$(dirname "$0")/common.sh"

for file in "$RESULT_LIVE" "$RESULT_COMMIT" "$RESULT_IMAGE"; do
	result "$file" ''
done

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
optional check_name baseline "$BASELINE"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/experiment.sh"
. "$(dirname "$0")/live.sh"
. "$(dirname "$0")/annotations.sh"

# refuse_experiment: while one is in progress, the version that is live may be about to lose the traffic.
refuse_experiment() {
	local other
	other=$(routed_experiment)
	[ -n "$other" ] && in_progress "$other" || return 0
	fail "experiment $other of service $SERVICE is in progress; nothing was changed; roll it back, or wait until it has ended"
}

read_routing || :
refuse_experiment
live=$(find_baseline) || exit
[ -n "$live" ] || fail "no version of service $SERVICE is live in $NAMESPACE, so there is nothing to go back from; run the pipeline with the param revision"
read_annotations "$live" || fail "Deployment $live was deleted just now; look who did that, and run the pipeline again"
commit=$(annotation previous-commit)
image=$(annotation previous-image)
[ -n "$commit$image" ] ||
	fail "$live does not say which version was live before it: there was none, or no run of a pipeline has deployed both; nothing was changed; run the pipeline with the param revision"
matches "$commit" "$whole_commit" && matches "$image" "$image_by_digest" ||
	fail "the annotations of $live say that commit '$(shown "$commit")' with image '$(shown "$image")' was live before it; expected a whole commit id, and an image with its digest; nothing was changed; correct cdk8s-iter8/previous-commit and cdk8s-iter8/previous-image, or run the pipeline with the param revision"

say "$live is live; before it was commit $commit, image $image"
result "$RESULT_LIVE" "$live"
result "$RESULT_COMMIT" "$commit"
result "$RESULT_IMAGE" "$image"
