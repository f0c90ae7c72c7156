#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Second step of DeployTask: fills in the repository's patch, if there is one, and writes a kustomization on top of the
# manifests that gives the candidate's Deployment its version: name, label version, image by digest, and no fewer replicas
# than the live version has. Its annotations say what it is, and what was live before it, for the way back. All objects get
# a label with the run; beyond that, nothing else is touched, so the Service keeps selecting all versions.
set -eu
. "$(dirname "$0")/common.sh"

result "$RESULT_DEPLOYMENT" ''

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
check commit "$COMMIT" "$whole_commit" 'a whole commit id'
check image "$IMAGE" '[a-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}' \
	'an image with its digest, such as registry.example.com/team/service@sha256:…' 330
check_deployment "$DEPLOYMENT"
check candidate "$CANDIDATE" '[a-z0-9]([-a-z0-9]*[a-z0-9])?' 'the name of the Deployment to make' 63
optional check_label container "$CONTAINER"
optional check_name baseline "$BASELINE"
check_number ready-deadline "$READY_SECONDS"

. "$(dirname "$0")/kubectl.sh"
. "$(dirname "$0")/lease.sh"
. "$(dirname "$0")/kustomization.sh"
. "$(dirname "$0")/render.sh"
. "$(dirname "$0")/candidate.sh"
. "$(dirname "$0")/annotations.sh"
keep_lease "$HANDOVER_SECONDS"
fail_now

if [ "$CANDIDATE" = "$BASELINE" ]; then
	say "$CANDIDATE is live already: nothing to deploy"
	exit
fi

version=${CANDIDATE#"$DEPLOYMENT-"}
rm -rf "$WORK/overlay"
mkdir -p "$WORK/overlay"
render "$WORK/overlay/manifests.yaml"
look_inside "$WORK/overlay/manifests.yaml"
find_deployment

if [ -z "$CONTAINER" ]; then
	CONTAINER=$(containers "$found")
	case $CONTAINER in *' '*) fail "Deployment $found has the containers: $CONTAINER; name the one that runs the image in the param container" ;; esac
fi
case " $(containers "$found") " in
*" $CONTAINER "*) ;;
*) fail "param container is '$CONTAINER'; expected one of the containers of $found: $(containers "$found")" ;;
esac
# Both stand in the patch below as they are.
matches "$CONTAINER" '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?' ||
	fail "$MANIFESTS has the Deployment $found with the container '$(shown "$CONTAINER")'; expected $label_expected"
replicas=$(replicas_of "$found")
matches "$replicas" "$whole_number" ||
	fail "$MANIFESTS has the Deployment $found with the replicas '$(shown "$replicas")'; expected $whole_number_expected"

# A version that gets all traffic in the end has to bear it.
live=0
previous_commit='' previous_image=''
# A live version that does not run is no baseline: it is deployed anew, and knows itself what was before it.
before=${BASELINE:-$CANDIDATE}
if read_annotations "$before"; then
	live=$(told_in "$scratch/annotations" replicas)
	matches "$live" "$whole_number" || fail "Deployment $before has the replicas '$(shown "$live")'; expected $whole_number_expected"
	of_it=
	[ -n "$BASELINE" ] || of_it=previous-
	previous_commit=$(annotation "${of_it}commit")
	previous_image=$(annotation "${of_it}image")
fi
# Anybody may write annotations.
if ! matches "$previous_commit" "$whole_commit" || ! matches "$previous_image" "$image_by_digest"; then
	[ -z "$previous_commit$previous_image" ] || say "WARNING: the annotations of $before do not say which commit and image it is, so there is no way back to it"
	previous_commit='' previous_image=''
fi
if [ "$live" -gt "$replicas" ]; then
	say "$before has $live replicas, so $CANDIDATE gets as many instead of $replicas"
	replicas=$live
fi

# Names stand in quotes: what consists of digits only has to stay a text.
cat >"$WORK/overlay/patch.json" <<END
{
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": {
    "name": "$CANDIDATE",
    "labels": { "version": "$version", "cdk8s-iter8/run": "$RUN" },
    "annotations": {
      "cdk8s-iter8/commit": "$COMMIT",
      "cdk8s-iter8/image": "$IMAGE",
      "cdk8s-iter8/previous-commit": "$previous_commit",
      "cdk8s-iter8/previous-image": "$previous_image"
    }
  },
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
# The name of a target is a regular expression.
cat >"$WORK/overlay/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [manifests.yaml]
labels:
- pairs: { cdk8s-iter8/created-by: "$RUN" }
patches:
- path: patch.json
  target: { kind: Deployment, name: '$(printf '%s' "$found" | sed 's/\./\\./g')' }
  options: { allowNameChange: true }
END
say "Deployment $found becomes $CANDIDATE: label version $version, image $IMAGE in container $CONTAINER"
result "$RESULT_DEPLOYMENT" "$CANDIDATE"
