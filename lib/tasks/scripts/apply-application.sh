#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Last step of DeployApplicationTask: applies the manifests, with the host filled in, and waits until the Deployments are
# ready. It deletes nothing.
set -eu
. "$(dirname "$0")/common.sh"

result "$RESULT_APPLIED" ''

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/pods.sh"
. "$(dirname "$0")/kustomization.sh"

# render: the manifests as JSON, one object after another.
render() {
	local all file
	all=$(readlink -f "$WORK/source/$MANIFESTS")
	for file in kustomization.yaml kustomization.yml Kustomization; do
		if [ -f "$all/$file" ]; then
			kustomize "$all" >"$scratch/manifests.yaml" ||
				fail "kubectl kustomize refuses $MANIFESTS at commit $COMMIT; the reason stands above; all that it names has to be in the repository"
			all=$scratch/manifests.yaml
		fi
	done
	kubectl patch --local -f "$all" --type merge -p '{}' -o json >"$scratch/rendered.json" ||
		fail "kubectl can't read $MANIFESTS at commit $COMMIT; the reason stands above"
}

# fill_in: @host@ and @namespace@ in the values of fields. What takes their place has only letters, digits, "-" and ".", so
# a text of JSON stays one, whatever stands around it.
fill_in() {
	[ -n "$HOST" ] || ! grep -q '@host@' "$scratch/rendered.json" ||
		fail "$MANIFESTS has @host@, and param host is empty; name the host by which users reach the application"
	awk -v host="$HOST" -v namespace="$NAMESPACE" '{
		key = match($0, /^ *"([^"\\]|\\.)*": /) ? substr($0, 1, RLENGTH) : ""
		value = substr($0, length(key) + 1)
		gsub(/@host@/, host, value)
		gsub(/@namespace@/, namespace, value)
		print key value
	}' "$scratch/rendered.json" >"$scratch/application.json"
}

# refuse_strangers: what is in another namespace, or in none; kubectl gives the others theirs here.
refuse_strangers() {
	local strangers
	strangers=$(kubectl patch --local -f "$scratch/application.json" --type merge -p '{}' \
		-o go-template='{{with .metadata.namespace}}{{if ne . "'"$NAMESPACE"'"}}{{$.kind}}/{{$.metadata.name}} {{end}}{{end}}')
	if [ -z "$strangers" ]; then
		kube create --dry-run=client --validate=false -f "$scratch/application.json" -o go-template='{{or .metadata.namespace "-"}} {{.kind}}/{{.metadata.name
}}{{if eq .kind "Deployment"}}{{range $key, $value := .spec.selector.matchLabels}} {{$key}}={{$value}}{{end}}{{end}}
' >"$scratch/objects"
		strangers=$(awk '$1 == "-" { print $2 }' "$scratch/objects" | tr '\n' ' ')
	fi
	[ -z "$strangers" ] ||
		fail "$MANIFESTS has what is not in namespace $NAMESPACE: $(shown "$strangers"); nothing was changed; leave it out, and apply it in another way"
}

# note_applied: the names with which the lines of kubectl begin.
note_applied() { result "$RESULT_APPLIED" "$(awk '$NF ~ /^(created|configured|unchanged)$/ { print $1 }' "$scratch/answer")"; }

# await_deployment NAME LABELS: until all its pods are new and available.
await_deployment() {
	local state last=''
	until rolled_out "$1"; do
		state=$(pods "$1" "$2") || missing $?
		[ "$state" = "$last" ] || [ -z "$state" ] || say "$state"
		last=$state
		[ "$(now)" -lt "$until" ] ||
			fail "Deployment $1 was not ready within $READY_SECONDS seconds: $(printf '%s' "${last:-no pod says why}" | tr '\n' ';')"
		pause
	done
	say "$1 is ready"
}

COMMIT=$(cat "$RESULT_COMMIT")
render
fill_in
refuse_strangers
# All or nothing: what would be refused is refused before anything is applied.
kube apply -f "$scratch/application.json" --dry-run=server >/dev/null

say "applying"
note_failure() { note_applied; }
applied=0
kube_anyway apply -f "$scratch/application.json" || applied=$?
[ "$applied" = 0 ] || fail "the manifests could not be applied: $(kube_error)"
note_applied
note_failure() { :; }

until=$(($(now) + READY_SECONDS))
sed -n 's#^[^ ]* Deployment/##p' "$scratch/objects" | while read -r deployment labels; do
	await_deployment "$deployment" "$labels"
done
