#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# First step of DeployTask: fetches the manifests at the commit that was built, and writes a kustomization on top of them
# that gives the Deployment its version: name, label version, and image by digest. Nothing else is touched, so the
# Service keeps selecting all versions.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/git.sh"

result "$RESULT_DEPLOYMENT" ''

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check run "$RUN" '[a-z0-9][-a-z0-9]{0,56}' "the uid of the PipelineRun"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
hand_over

check_repository "$REPOSITORY"
check commit "$COMMIT" '[0-9a-f]{40,64}' 'a whole commit id'
check_path path "$MANIFESTS"
check image "$IMAGE" '[a-z0-9][A-Za-z0-9._/:-]{0,255}@sha256:[0-9a-f]{64}' \
	'an image with its digest, such as registry.example.com/team/service@sha256:…'
check deployment "$DEPLOYMENT" '[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?' 'at most 52 lower-case letters, digits and "-"'
check candidate "$CANDIDATE" '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?' 'the name of the Deployment to make'
optional check_label container "$CONTAINER"
optional check_name baseline "$BASELINE"

if [ "$CANDIDATE" = "$BASELINE" ]; then
	say "$CANDIDATE is live already: nothing to deploy"
	exit
fi

say "fetching $MANIFESTS of $REPOSITORY at $COMMIT"
fetch "$REPOSITORY" "$COMMIT" "$WORK/source"
case "$(cd "$WORK/source/$MANIFESTS" 2>/dev/null && pwd -P)/" in
"$(cd "$WORK/source" && pwd -P)"/*) ;;
*) fail "param path is '$MANIFESTS', which is no folder of the repository at commit $COMMIT" ;;
esac
kubectl kustomize "$WORK/source/$MANIFESTS" >"$WORK/manifests.yaml" ||
	fail "kubectl kustomize refuses $MANIFESTS at commit $COMMIT; the reason stands above"

# inspect TEMPLATE: writes what a Go template makes of each of the manifests.
inspect() { kubectl patch --local -f "$WORK/manifests.yaml" --type merge -p '{}' -o go-template="$1"; }

deployments=$(inspect '{{if eq .kind "Deployment"}}{{.metadata.name}}
{{end}}')
[ "$deployments" = "$DEPLOYMENT" ] ||
	fail "$MANIFESTS has the Deployments: $(printf '%s' "$deployments" | tr '\n' ' '); expected just $DEPLOYMENT; name the right one in the param deployment, and deploy others in another way"

containers=$(inspect '{{if eq .kind "Deployment"}}{{range .spec.template.spec.containers}}{{.name}}
{{end}}{{end}}')
if [ -z "$CONTAINER" ]; then
	CONTAINER=$containers
	[ "$(printf '%s\n' "$containers" | wc -l)" -eq 1 ] ||
		fail "Deployment $DEPLOYMENT has the containers: $(printf '%s' "$containers" | tr '\n' ' '); name the one that runs the image in the param container"
fi
printf '%s\n' "$containers" | grep -Fqx -- "$CONTAINER" ||
	fail "param container is '$CONTAINER'; expected one of the containers of $DEPLOYMENT: $(printf '%s' "$containers" | tr '\n' ' ')"

# The label's value stands in quotes: a commit of digits only has to stay a text.
version=${CANDIDATE#"$DEPLOYMENT-"}
mkdir -p "$WORK/overlay"
cat >"$WORK/overlay/patch.json" <<END
{
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": { "name": "$CANDIDATE", "labels": { "version": "$version", "cdk8s-iter8/run": "$RUN" } },
  "spec": {
    "selector": { "matchLabels": { "version": "$version" } },
    "template": {
      "metadata": { "labels": { "version": "$version" } },
      "spec": { "containers": [{ "name": "$CONTAINER", "image": "$IMAGE" }] }
    }
  }
}
END
cat >"$WORK/overlay/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../source/$MANIFESTS]
patches:
- path: patch.json
  target: { kind: Deployment, name: $DEPLOYMENT }
  options: { allowNameChange: true }
END
say "Deployment $DEPLOYMENT becomes $CANDIDATE: label version $version, image $IMAGE in container $CONTAINER"
result "$RESULT_DEPLOYMENT" "$CANDIDATE"
