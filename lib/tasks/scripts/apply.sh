#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Last step of DeployTask: applies the manifests and waits until the candidate is ready.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/routing.sh"

check_number ready-deadline "$READY_SECONDS"
if [ ! -f "$WORK/deploy.yaml" ]; then
	read_lease
	hand_over
	exit
fi

# The Service that will be there has to select the baseline and the candidate, or one of them gets no traffic.
check_service() {
	local selector label
	selector=$(kubectl patch --local -f "$WORK/deploy.yaml" --type merge -p '{}' -o go-template="{{if eq .kind \"Service\"}}{{if eq .metadata.name \"$SERVICE\"}}{{range \$key, \$value := .spec.selector}}{{\$key}}={{\$value}} {{end}}{{end}}{{end}}")
	for label in $selector; do
		for version in $BASELINE; do
			case " $(labels_of "$version") " in *" $label "*) ;; *) fail "the manifests change the selector of service $SERVICE to $label, which the pods of $version, the live version, do not have; leave the Service as it is" ;; esac
		done
	done
}

# pods: a line for each thing that keeps a pod of the candidate, or the candidate itself, from being ready.
pods() {
	kube get deployment "$CANDIDATE" -o go-template='{{range .status.conditions}}{{if eq .status "False"}}{{if eq .type "Available"}}{{else}}{{.type}}: {{.reason}}: {{.message}}
{{end}}{{else if eq .type "ReplicaFailure"}}{{.reason}}: {{.message}}
{{end}}{{end}}'
	kube get pods -l "$(labels_of "$CANDIDATE" | tr ' ' ',')" -o go-template='{{range .items}}{{$pod := .metadata.name}}{{range .status.conditions}}{{if eq .type "PodScheduled"}}{{if eq .status "False"}}{{$pod}}: {{.reason}}: {{.message}}
{{end}}{{end}}{{end}}{{range .status.initContainerStatuses}}{{with .state.waiting}}{{$pod}}: {{.reason}}: {{.message}}
{{end}}{{end}}{{range .status.containerStatuses}}{{$container := .name}}{{with .state.waiting}}{{$pod}}, container {{$container}}: {{.reason}}{{with .message}}: {{.}}{{end}}
{{end}}{{with .lastState.terminated}}{{$pod}}, container {{$container}}: ended with status {{.exitCode}}, {{.reason}}
{{end}}{{if .ready}}{{else}}{{with .state.running}}{{$pod}}, container {{$container}}: runs, but its readiness probe fails
{{end}}{{end}}{{end}}{{end}}'
}

read_lease
read_routing || :
# A candidate that has traffic is no candidate.
if exists "$CANDIDATE" && [ "$CANDIDATE" != "$BASELINE" ] && [ -n "$BASELINE" ]; then
	case $(traffic "$CANDIDATE") in "" | 0) ;; *) fail "$CANDIDATE exists already and has $(traffic "$CANDIDATE") % of the traffic; nothing was changed" ;; esac
fi
check_service
record image "$IMAGE"
say "applying"
applied=0
kube apply -f "$WORK/deploy.yaml" || applied=$?
[ "$applied" = 0 ] || fail "the manifests could not be applied: $(kube_error)"

read_routing || fail "there is no service $SERVICE in $NAMESPACE; add it to the manifests, or correct the name"
[ -n "$(traffic "$CANDIDATE")" ] ||
	fail "service $SERVICE does not select the pods of $CANDIDATE, which have the labels $(labels_of "$CANDIDATE"); give the pods the labels of the Service's selector"
until=$(($(now) + READY_SECONDS))
last=
until rolled_out "$CANDIDATE"; do
	state=$(pods)
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
say "$CANDIDATE is ready"
hand_over
