#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Second step of DeployTask: writes a kustomization on top of the manifests that gives the Deployment its version: name,
# label version, image by digest, and no fewer replicas than the live version has. Nothing else is touched, so the Service
# keeps selecting all versions.
set -eu
. "$(dirname "$0")/common.sh"

result "$RESULT_DEPLOYMENT" ''

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
check image "$IMAGE" '[a-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}' \
	'an image with its digest, such as registry.example.com/team/service@sha256:…' 330
check_deployment "$DEPLOYMENT"
check candidate "$CANDIDATE" '[a-z0-9]([-a-z0-9]*[a-z0-9])?' 'the name of the Deployment to make' 63
optional check_label container "$CONTAINER"
optional check_name baseline "$BASELINE"
check_number ready-deadline "$READY_SECONDS"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
keep_lease "$HANDOVER_SECONDS"
[ ! -s "$WORK/failure" ] || fail "$(cat "$WORK/failure")"

if [ "$CANDIDATE" = "$BASELINE" ]; then
	say "$CANDIDATE is live already: nothing to deploy"
	exit
fi

rm -rf "$WORK/overlay"
mkdir -p "$WORK/overlay"
kubectl kustomize "$WORK/source/$MANIFESTS" >"$WORK/overlay/manifests.yaml" ||
	fail "kubectl kustomize refuses $MANIFESTS at commit $COMMIT; the reason stands above"

# A line for each Deployment and each of its containers.
kubectl patch --local -f "$WORK/overlay/manifests.yaml" --type merge -p '{}' -o go-template='{{if eq .kind "Deployment"}}deployment {{.metadata.name}} {{or .spec.replicas 1}}
{{range .spec.template.spec.containers}}container {{.name}}
{{end}}{{end}}' >"$scratch/inside"
# inside KIND: what there is of it, with blanks between.
inside() { awk -v kind="$1" '$1 == kind { printf "%s%s", (n++ ? " " : ""), $2 }' "$scratch/inside"; }

[ "$(inside deployment)" = "$DEPLOYMENT" ] ||
	fail "$MANIFESTS has the Deployments: $(inside deployment); expected just $DEPLOYMENT; name the right one in the param deployment, and deploy others in another way"
if [ -z "$CONTAINER" ]; then
	CONTAINER=$(inside container)
	case $CONTAINER in *' '*) fail "Deployment $DEPLOYMENT has the containers: $CONTAINER; name the one that runs the image in the param container" ;; esac
fi
case " $(inside container) " in
*" $CONTAINER "*) ;;
*) fail "param container is '$CONTAINER'; expected one of the containers of $DEPLOYMENT: $(inside container)" ;;
esac

# A version that gets all traffic in the end has to bear it.
replicas=$(awk '$1 == "deployment" { print $3 }' "$scratch/inside")
live=0
if [ -n "$BASELINE" ]; then
	live=$(kube get deployment "$BASELINE" -o go-template='{{or .spec.replicas 1}}') || missing $?
fi
if [ "${live:-0}" -gt "$replicas" ]; then
	say "$BASELINE has $live replicas, so $CANDIDATE gets as many instead of $replicas"
	replicas=$live
fi

# Names stand in quotes: what consists of digits only has to stay a text.
version=${CANDIDATE#"$DEPLOYMENT-"}
cat >"$WORK/overlay/patch.json" <<END
{
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": { "name": "$CANDIDATE", "labels": { "version": "$version", "cdk8s-iter8/run": "$RUN" } },
  "spec": {
    "replicas": $replicas,
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
resources: [manifests.yaml]
patches:
- path: patch.json
  target: { kind: Deployment, name: "$DEPLOYMENT" }
  options: { allowNameChange: true }
END
say "Deployment $DEPLOYMENT becomes $CANDIDATE: label version $version, image $IMAGE in container $CONTAINER"
result "$RESULT_DEPLOYMENT" "$CANDIDATE"
