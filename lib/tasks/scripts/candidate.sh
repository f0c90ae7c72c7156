# shellcheck shell=dash disable=SC2034
# Which Deployment of the manifests becomes the candidate. Needs kubectl.sh.

# Go template for any object: a line for each Deployment, each of its containers, and its pods' labels; one for each Service.
inside_template='{{$name := .metadata.name}}{{if eq .kind "Deployment"}}deployment {{$name}} {{or .spec.replicas 1}}
labels {{$name}}{{range $key, $value := .spec.template.metadata.labels}} {{$key}}={{$value}}{{end}}
{{range .spec.template.spec.containers}}container {{$name}} {{.name}}
{{end}}{{else if eq .kind "Service"}}service {{$name}}{{range $key, $value := .spec.selector}} {{$key}}={{$value}}{{end}}
{{end}}'

# look_inside FILE: what is in manifests.
look_inside() {
	kubectl patch --local -f "$1" --type merge -p '{}' -o go-template="$inside_template" >"$scratch/inside" ||
		fail "$MANIFESTS has something that is no object of Kubernetes; the reason stands above"
}

# words: lines as words, with blanks between.
words() { awk '{ printf "%s%s", (n++ ? " " : ""), $0 }'; }

deployments() { awk '$1 == "deployment" { print $2 }' "$scratch/inside" | words; }
containers() { awk -v name="$1" '$1 == "container" && $2 == name { print $3 }' "$scratch/inside" | words; }
replicas_of() { awk -v name="$1" '$1 == "deployment" && $2 == name { sub(/^[^ ]+ [^ ]+ /, ""); print }' "$scratch/inside"; }

# selected: Deployments whose pods have the labels in $selector.
selected() {
	[ -n "$selector" ] || return 0
	awk -v selector="$selector" '
		$1 == "labels" {
			labels = " "
			for (i = 3; i <= NF; i++) labels = labels $i " "
			fits = 1
			n = split(selector, wanted, " ")
			for (i = 1; i <= n; i++) if (index(labels, " " wanted[i] " ") == 0) fits = 0
			if (fits) print $2
		}
	' "$scratch/inside" | words
}

# find_deployment: which of them becomes the candidate. One with a patch has its name already.
find_deployment() {
	local all fitting
	all=$(deployments)
	awk '$1 == "deployment" && $2 !~ /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/ { exit 1 }' "$scratch/inside" ||
		fail "$MANIFESTS has the Deployments: $(shown "$all"); expected names of lower-case letters, digits, - and ."
	selector=$(kube get service "$SERVICE" --ignore-not-found -o go-template='{{range $key, $value := .spec.selector}}{{$key}}={{$value}} {{end}}') || exit
	[ -n "$selector" ] ||
		selector=$(awk -v name="$SERVICE" '$1 == "service" && $2 == name { for (i = 3; i <= NF; i++) printf "%s ", $i }' "$scratch/inside")
	selector=${selector% }
	fitting=$(selected)
	if [ -n "$PATCH" ]; then
		case " $all " in
		*" $CANDIDATE "*) found=$CANDIDATE ;;
		*) fail "with the patch $PATCH, $MANIFESTS has the Deployments: ${all:-none}; expected $CANDIDATE among them; have the patch name it $DEPLOYMENT-VERSION and the kustomization use the patch, or correct the param deployment" ;;
		esac
	else
		case " $all " in
		*" $DEPLOYMENT "*) found=$DEPLOYMENT ;;
		*)
			case $fitting in
			'' | *' '*) fail "$MANIFESTS has the Deployments: ${all:-none}; expected $DEPLOYMENT, or just one whose pods the service $SERVICE selects (${selector:-there is no such service, or it selects nothing}), and it selects: ${fitting:-none}; name the right one in the param deployment" ;;
			esac
			found=$fitting
			;;
		esac
	fi
	refuse_other_versions "$fitting"
}

# refuse_other_versions DEPLOYMENT ...: new Deployments beside the candidate would get traffic that nobody measures.
refuse_other_versions() {
	local name known
	for name in $1; do
		[ "$name" != "$found" ] || continue
		known=$(kube get deployment "$name" --ignore-not-found -o name) || exit
		[ -n "$known" ] ||
			fail "service $SERVICE would send traffic to the new Deployment $name besides $CANDIDATE: both have the labels $selector; give its pods other ones, or the service a narrower selector"
	done
}
