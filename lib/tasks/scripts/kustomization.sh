# shellcheck shell=dash
# Renders kustomizations of the repository.

# kustomize FOLDER: what is not in the repository is not read. kustomize would have git fetch it, which takes some revisions
# for options that run programs, or get it by HTTP; then the manifests would not be those of the commit.
kustomize() {
	GIT_ALLOW_PROTOCOL=none HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY='' \
		http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 no_proxy='' kubectl kustomize "$1"
}
