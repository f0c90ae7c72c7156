#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Last step of DeployTask: applies the manifests and waits until the candidate is ready.
set -eu
. "$(dirname "$0")/common.sh"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/pods.sh"
. "$(dirname "$0")/create.sh"

if [ ! -f "$WORK/deploy.yaml" ]; then
	hand_over
	exit
fi

# refuse_traffic: a candidate that has traffic is no candidate, and without routing it would get some at once. What an earlier
# try of this task has deployed may be in its experiment by now.
refuse_traffic() {
	[ -n "$BASELINE" ] && [ "$(made_by "$CANDIDATE")" != "$RUN" ] || return 0
	[ -n "$(router_name)" ] && [ "$(traffic "$BASELINE")" = 100 ] ||
		fail "the routing of $SERVICE no longer sends all traffic to $BASELINE, which has $(traffic "$BASELINE") %; nothing was changed; see who changes it, and run the pipeline again"
	case $(traffic "$CANDIDATE") in
	"" | 0) ;;
	*) fail "$CANDIDATE exists already and has $(traffic "$CANDIDATE") % of the traffic; nothing was changed" ;;
	esac
}

# await_candidate: until all its pods are ready.
await_candidate() {
	local until state last=
	until=$(($(now) + READY_SECONDS))
	until rolled_out "$CANDIDATE"; do
		state=$(pods "$CANDIDATE" "$(labels_of "$CANDIDATE")") || missing $?
		[ "$state" = "$last" ] || [ -z "$state" ] || say "$state"
		last=$state
		if superseded; then
			fail 'a newer run took over'
		fi
		[ "$(now)" -lt "$until" ] ||
			fail "$CANDIDATE was not ready within $READY_SECONDS seconds: $(printf '%s' "${last:-no pod says why}" | tr '\n' ';')"
		renew
		pause
	done
}

# Without it the labels of the candidate's pods may be those that another Service selects.
require_service() { read_routing || fail "there is no service $SERVICE in $NAMESPACE; add it to the manifests, or correct the name"; }

keep_lease "$LEASE_SECONDS"
fail_now
read_routing || :
refuse_traffic
record image "$IMAGE"
say "applying"
create_others
require_service
documents candidate
applied=0
kube_anyway apply -f "$scratch/candidate.yaml" || applied=$?
[ "$applied" = 0 ] || fail "the manifests could not be applied: $(kube_error)"

require_service
[ -n "$(traffic "$CANDIDATE")" ] ||
	fail "service $SERVICE does not select the pods of $CANDIDATE, which have the labels $(labels_of "$CANDIDATE"); give the pods the labels of the Service's selector"
await_candidate
say "$CANDIDATE is ready"
hand_over
