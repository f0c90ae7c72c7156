# shellcheck shell=dash
# Turns what the repository has into plain manifests. Needs kustomization.sh.

# render FILE: writes them into this file.
render() {
	local folder=$WORK/source/$MANIFESTS
	[ -z "$PATCH" ] || fill_in "$folder/$PATCH"
	if [ "$FORMAT" = yaml ]; then
		gather "$folder"
		folder=$WORK/plain
	fi
	kustomize "$folder" >"$1" ||
		fail "kubectl kustomize refuses $MANIFESTS at commit $COMMIT; the reason stands above; all that it names has to be in the repository"
}

# fill_in PATCH: the word VERSION becomes the version, the word IMAGE the image. kubectl turns the patch into JSON before:
# there, what is a text stays one, even a version of digits only.
fill_in() {
	{
		printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: patch }\npatch:\n'
		awk '!(!begun && $0 == "---") { print "  " $0 } !/^(#.*|---)?$/ { begun = 1 }' "$1"
	} >"$scratch/patch.yaml"
	kubectl patch --local -f "$scratch/patch.yaml" --type merge -p '{}' -o jsonpath='{.patch}' >"$scratch/patch.json" ||
		fail "the patch $PATCH in $MANIFESTS at commit $COMMIT is no YAML; the reason stands above, and its lines begin there with the fifth"
	rm "$1"
	awk -v version="$version" -v image="$IMAGE" '
		# Whether it ends with a part of a word, and not with an escape of JSON.
		function in_word(text) {
			text = substr(text, length(text) > 5 ? length(text) - 5 : 1)
			return text ~ /[A-Za-z0-9_]$/ && text !~ /(\\[bfnrt]|\\u00[0-9a-f][0-9a-f])$/
		}
		{
			done = ""
			while (match($0, /VERSION|IMAGE/)) {
				done = done substr($0, 1, RSTART - 1)
				word = substr($0, RSTART, RLENGTH)
				$0 = substr($0, RSTART + RLENGTH)
				whole = !in_word(done) && $0 !~ /^[A-Za-z0-9_]/
				done = done (whole ? (word == "IMAGE" ? image : version) : word)
			}
			print done $0
		}
	' "$scratch/patch.json" >"$1"
}

# gather PATH: makes a kustomization of a file, or of the files of a folder, in a folder of its own: kustomize reads nothing
# from elsewhere.
gather() {
	local file list='' count=0
	for file in kustomization.yaml kustomization.yml Kustomization; do
		[ ! -e "$1/$file" ] || fail "$MANIFESTS has a $file, and is to be read as plain YAML; take Manifests.kustomize"
	done
	rm -rf "$WORK/plain"
	mkdir -p "$WORK/plain"
	for file in "$1" "$1"/*.yaml "$1"/*.yml "$1"/*.json; do
		[ -f "$file" ] || continue
		[ ! -L "$file" ] || fail "$(shown "$MANIFESTS${file#"$1"}") is a symbolic link, which is not followed; put the file there"
		count=$((count + 1))
		say "$count.yaml: $(shown "${file##*/}")"
		cp "$file" "$WORK/plain/$count.yaml"
		list="$list${list:+, }$count.yaml"
	done
	[ -n "$list" ] || fail "$MANIFESTS has no file that ends in .yaml, .yml or .json at commit $COMMIT"
	printf 'resources: [%s]\n' "$list" >"$WORK/plain/kustomization.yaml"
}
