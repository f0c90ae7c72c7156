#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# Third step of DeployTask: renders the manifests.
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/kustomization.sh"
fail_later

[ -d "$WORK/overlay" ] || exit 0
kustomize "$WORK/overlay" >"$WORK/deploy.yaml" ||
	fail "kubectl kustomize refuses the manifests with the version added; the reason stands above"
say "rendered $(grep -c '^kind: ' "$WORK/deploy.yaml") objects"
