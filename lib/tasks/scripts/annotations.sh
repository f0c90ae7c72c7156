# shellcheck shell=dash disable=SC2034
# What DeployTask notes on a Deployment: which commit and image it is, and which ones were live before it. Needs kubectl.sh.

image_by_digest='[a-z0-9][A-Za-z0-9._/:-]{0,255}@sha256:[0-9a-f]{64}'

# read_annotations DEPLOYMENT: reads them into a file, and how many replicas it has. Each is one line, whatever stands in it.
read_annotations() {
	kube get deployment "$1" -o go-template='replicas {{or .spec.replicas 1}}
{{range $key, $value := .metadata.annotations}}{{$key}} {{printf "%q" $value}}
{{end}}' >"$scratch/annotations"
}

# annotation KEY: what was read last, without the quotes around it.
annotation() {
	local value
	value=$(told_in "$scratch/annotations" "cdk8s-iter8/$1")
	value=${value#\"}
	printf '%s' "${value%\"}"
}
