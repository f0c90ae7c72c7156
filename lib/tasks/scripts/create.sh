# shellcheck shell=dash
# Creates what the manifests have besides the candidate. Needs kubectl.sh, lease.sh and routing.sh.
#
# What is not there yet is created with a label that names the run, by which conclude.sh finds it when the candidate has
# lost. What is there already stays as it is; another run's label is taken off it, so that this other run does not remove
# what is used here.

created_by=cdk8s-iter8/created-by

# Go template for any object that is there: a line that says which one it is and what its label says, and one with all that
# it says, for each but the candidate.
objects_template='{{define "object"}}there {{.apiVersion}} {{.kind}} {{.metadata.name}} {{with .metadata.labels}}{{with index . "'$created_by'"}}{{.}}{{else}}-{{end}}{{else}}-{{end}}
{{if or (ne .kind "Deployment") (ne .metadata.name "'$CANDIDATE'")}}object {{.apiVersion}} {{.kind}}/{{.metadata.name
}}{{range $key, $value := .}}{{if and (ne $key "metadata") (ne $key "status")}} {{$key}}={{printf "%q" (printf "%v" $value)}}{{end}}{{end
}}{{range $key, $value := .metadata.labels}}{{if ne $key "'$created_by'"}} {{$key}}={{printf "%q" $value}}{{end}}{{end}}
{{end}}{{end}}{{if .items}}{{range .items}}{{template "object" .}}{{end}}{{else}}{{template "object" .}}{{end}}'

# refuse_changes: what is there already, the live version uses; it must not change before there is a verdict.
refuse_changes() {
	local changed
	kube get -f "$WORK/deploy.yaml" --ignore-not-found -o go-template="$objects_template" >"$scratch/before"
	[ -s "$scratch/before" ] || return 0
	kube apply -f "$WORK/deploy.yaml" --dry-run=server -o go-template="$objects_template" >"$scratch/after"
	changed=$(grep '^object ' "$scratch/before" | grep -Fvxf "$scratch/after" | cut -d ' ' -f 3 | tr '\n' ' ')
	[ -z "$changed" ] ||
		fail "the manifests change what the live version uses: ${changed}nothing was changed; give what is new a name of its own (kustomize's configMapGenerator does), or change it in another way before"
}

# sort_out: a line for each document of the manifests: its number, what to do with it, and its kind as kubectl takes it.
sort_out() {
	kubectl patch --local -f "$WORK/deploy.yaml" --type merge -p '{}' \
		-o go-template='document {{.apiVersion}} {{.kind}} {{.metadata.name}}{{if eq .kind "DestinationRule"}} {{.spec.host}}{{else if eq .kind "VirtualService"
}}{{range .spec.hosts}} {{.}}{{end}}{{range .spec.http}}{{range .route}}{{if .destination.subset}} {{.destination.host}}{{end}}{{end}}{{end}}{{end}}{{"\n"}}' >"$scratch/documents"
	awk -v candidate="$CANDIDATE" -v run="$RUN" -v service="$SERVICE" -v namespace="$NAMESPACE" -v baseline="$BASELINE" "$routing_functions"'
		# Whether it routes the service.
		function routing(    i) {
			for (i = 5; i <= NF; i++) if (index(whole($i), service "." namespace ".svc") == 1) return 1
			return 0
		}
		$1 == "there" { label[$2 " " $3 " " $4] = $5 }
		$1 == "document" {
			object = $2 " " $3 " " $4
			kind = $3 (split($2, api, "/") > 1 ? "." api[1] : "")
			what = "keep"
			if ($3 == "Deployment" && $4 == candidate) what = "candidate"
			else if (!(object in label)) what = baseline != "" && routing() ? "routing" : "create"
			else if (label[object] == run) what = "created"
			else if (label[object] != "-") what = "take"
			print ++n, what, kind
		}
	' "$scratch/before" "$scratch/documents" >"$scratch/objects"
}

# refuse_routing: that of the service is iter8's, and new one beside it would be in force before there is a verdict.
refuse_routing() {
	local kind
	kind=$(awk '$2 == "routing" { print $3; exit }' "$scratch/objects")
	[ -z "$kind" ] ||
		fail "the manifests have a new object of the kind $kind that routes service $SERVICE, which iter8 does as long as there is an experiment; nothing was changed; leave it out"
}

# documents WHAT: those to do this with. Tells whether there are any.
documents() {
	awk -v what="$1" '
		NR == FNR { if ($2 == what) wanted[$1]; next }
		FNR == 1 { n = 1 }
		$0 == "---" { n++ }
		n in wanted
	' "$scratch/objects" "$WORK/deploy.yaml" >"$scratch/$1.yaml"
	[ -s "$scratch/$1.yaml" ]
}

# create_others: of which kinds they are is recorded before, for whoever has to remove them.
create_others() {
	local kinds made tries=0
	while :; do
		refuse_changes
		sort_out
		refuse_routing
		kinds=$(awk '$2 ~ /^created?$/ { print $3 }' "$scratch/objects" | LC_ALL=C sort -u | tr '\n' ',')
		kinds=${kinds%,}
		[ "$kinds" = "$(recorded created)" ] || record created "$kinds"
		made=0
		! documents take || kube label -f "$scratch/take.yaml" "$created_by-" || made=$?
		! documents create || kube create --save-config -f "$scratch/create.yaml" || made=$?
		tries=$((tries + 1))
		case $made in
		0) return ;;
		"$not_found" | "$already_exists" | "$conflict")
			[ "$tries" -lt 10 ] || fail "somebody else changes the objects of the manifests all the time: $(kube_error)"
			;;
		*) fail "the manifests could not be applied: $(kube_error)" ;;
		esac
		pause
	done
}
