#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Last step of DeployTask: applies the manifests and waits until the candidate is ready.
set -eu
. "$(dirname "$0")/common.sh"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/routing.sh"
. "$(dirname "$0")/pods.sh"

if [ ! -f "$WORK/deploy.yaml" ]; then
	hand_over
	exit
fi

# Go template for any object: a line for each but the candidate, with all that it says.
objects_template='{{define "object"}}{{if or (ne .kind "Deployment") (ne .metadata.name "'$CANDIDATE'")}}{{.kind}}/{{.metadata.name
}}{{range $key, $value := .}}{{if and (ne $key "metadata") (ne $key "status")}} {{$key}}={{printf "%q" (printf "%v" $value)}}{{end}}{{end
}} labels={{printf "%q" (printf "%v" .metadata.labels)}}
{{end}}{{end}}{{if .items}}{{range .items}}{{template "object" .}}{{end}}{{else}}{{template "object" .}}{{end}}'

# refuse_changes: what is there already, the live version uses; it must not change before there is a verdict.
refuse_changes() {
	local changed
	kube get -f "$WORK/deploy.yaml" --ignore-not-found -o go-template="$objects_template" >"$scratch/before"
	[ -s "$scratch/before" ] || return 0
	kube apply -f "$WORK/deploy.yaml" --dry-run=server -o go-template="$objects_template" >"$scratch/after"
	changed=$(grep -Fvxf "$scratch/after" "$scratch/before" | cut -d ' ' -f 1 | tr '\n' ' ')
	[ -z "$changed" ] ||
		fail "the manifests change what the live version uses: ${changed}nothing was changed; give what is new a name of its own (kustomize's configMapGenerator does), or change it in another way before"
}

# refuse_traffic: a candidate that has traffic is no candidate, and without routing it would get some at once.
refuse_traffic() {
	[ -n "$BASELINE" ] || return 0
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

keep_lease "$LEASE_SECONDS"
read_routing || :
refuse_traffic
refuse_changes
record image "$IMAGE"
say "applying"
applied=0
kube_anyway apply -f "$WORK/deploy.yaml" || applied=$?
[ "$applied" = 0 ] || fail "the manifests could not be applied: $(kube_error)"

read_routing || fail "there is no service $SERVICE in $NAMESPACE; add it to the manifests, or correct the name"
[ -n "$(traffic "$CANDIDATE")" ] ||
	fail "service $SERVICE does not select the pods of $CANDIDATE, which have the labels $(labels_of "$CANDIDATE"); give the pods the labels of the Service's selector"
await_candidate
say "$CANDIDATE is ready"
hand_over
