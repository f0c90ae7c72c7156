# shellcheck shell=dash
# Calls the API server, and survives that it is away for a while. Needs common.sh.

# Seconds for which a call is tried again when the API server does not answer, or is too busy.
: "${API_SECONDS:=120}"
: "${REQUEST_SECONDS:=10}"

not_found=4
already_exists=5
conflict=6

# Folder for what is handed to kubectl and for its messages.
scratch=$(mktemp -d)

# kubectl takes the pod's service account only where no option differs from the defaults, and --request-timeout does.
account=/var/run/secrets/kubernetes.io/serviceaccount
if [ -z "${KUBECONFIG:-}" ] && [ -f "$account/token" ]; then
	export KUBECONFIG="$scratch/kubeconfig"
	cat >"$KUBECONFIG" <<END
apiVersion: v1
kind: Config
clusters: [{ name: cluster, cluster: { server: https://kubernetes.default.svc, certificate-authority: $account/ca.crt } }]
users: [{ name: pod, user: { tokenFile: $account/token } }]
contexts: [{ name: pod, context: { cluster: cluster, user: pod } }]
current-context: pod
END
fi

# kube ARGUMENTS: kubectl in the service's namespace. Tells by its exit status what the caller can deal with: not_found,
# already_exists, conflict. Other refusals fail the step, with the fix; everything else is tried again.
kube() {
	local until said=
	until=$(($(now) + API_SECONDS))
	while ! call "$@"; do
		case $(cat "$scratch/error") in
		*'(NotFound)'*'" not found'*) return "$not_found" ;;
		*'(AlreadyExists)'*) return "$already_exists" ;;
		*'(Conflict)'*) return "$conflict" ;;
		*'denied the request'*) fail "an admission webhook refuses this: $(kube_error)" ;;
		*'exceeded quota'*) fail "the namespace's quota refuses this: $(kube_error); raise it, or free what is not needed" ;;
		*'(Forbidden)'* | *'(Unauthorized)'*)
			fail "the API server refuses: $(kube_error); give the task's service account this right, or use the one that the library makes" ;;
		*"doesn't have a resource type"* | *'no matches for kind'*)
			fail "the API server does not know this kind of object: $(kube_error); install what defines it" ;;
		*'error executing template'*)
			fail "what the API server answers can't be read: $(kube_error); report this with the log, and with the object that it names" ;;
		*'(Invalid)'* | *'" is invalid: '* | *'(BadRequest)'* | *'(MethodNotAllowed)'* | *'error validating'* | *'error parsing'* | *'no objects passed'* | \
			*'unable to decode'* | *'cannot unmarshal'* | *'is missing in'* | *'invalid character'* | *'does not match the namespace'*)
			fail "this is refused: $(kube_error)" ;;
		esac
		[ "$(now)" -lt "$until" ] || fail "the API server did not answer for $API_SECONDS seconds: $(kube_error); run the pipeline again once it does"
		[ "$said" = "$(kube_error)" ] || say "API server: $(kube_error); trying again" >&2
		said=$(kube_error)
		pause
	done
	cat "$scratch/answer"
}

# kube_anyway ARGUMENTS: for changes that do not depend on what was read: somebody else's change at the same time is no
# obstacle.
kube_anyway() {
	local found tries=0
	while :; do
		found=0
		kube "$@" || found=$?
		tries=$((tries + 1))
		[ "$found" = "$conflict" ] && [ "$tries" -lt 10 ] || return "$found"
		pause
	done
}

# call ARGUMENTS: once. Its own limit of time holds for every single request only, and there can be a dozen.
call() {
	timeout "$((REQUEST_SECONDS + 5))" kubectl --namespace "$NAMESPACE" --request-timeout "${REQUEST_SECONDS}s" "$@" \
		>"$scratch/answer" 2>"$scratch/error"
}

kube_error() {
	if [ -s "$scratch/error" ]; then
		tail -n 1 "$scratch/error" | cut -c 1-300
	else
		printf 'no answer within %s seconds' "$((REQUEST_SECONDS + 5))"
	fi
}

# members KEY VALUE ...: members of a JSON object, all strings. An empty value becomes null, which a merge patch removes.
members() {
	local separator=
	while [ $# -gt 1 ]; do
		printf '%s"%s":' "$separator" "$1"
		case $2 in
		'') printf null ;;
		*[!A-Za-z0-9.:/@_-]*) printf '"%s"' "$(printf '%s' "$2" | tr '\n\t' '  ' | tr -d '[:cntrl:]' | cut -c 1-1000 | sed 's/[\\"]/\\&/g')" ;;
		*) printf '"%s"' "$2" ;;
		esac
		separator=,
		shift 2
	done
}

# missing STATUS: for a call in a command substitution: an object that is not there is no failure, all else is.
missing() { [ "$1" = "$not_found" ] || exit "$1"; }

# rolled_out DEPLOYMENT: whether all its pods are new and available.
rolled_out() {
	local state
	state=$(kube get deployment "$1" -o go-template='{{.metadata.generation}} {{.spec.replicas}} {{with .status}}{{or .observedGeneration 0}} {{or .replicas 0}} {{or .updatedReplicas 0}} {{or .availableReplicas 0}}{{end}}') || {
		missing $?
		return 1
	}
	printf '%s\n' "$state" | awk '{ exit !($3 >= $1 && $4 == $2 && $5 == $2 && $6 == $2) }'
}
