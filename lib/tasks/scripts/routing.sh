# shellcheck shell=dash
# Who gets the traffic of a service. Needs kubectl.sh.
#
# The routing objects decide, not what an experiment says of itself: each weight of the VirtualService goes to a subset
# of the DestinationRule, and each subset to the pods that have all of its labels. Without a VirtualService the Service
# sends traffic to all pods that its selector matches.

# The id by which iter8 labels the routing of the service. A label's value has 63 characters at most.
router=$SERVICE.$NAMESPACE.svc.cluster.local
[ "${#router}" -le 63 ] || router=$SERVICE
router_object=$router.iter8router
other_router=$router
if [ "${ITER8_ROUTER_BY_SERVICE:-}" = true ]; then
	# Versions of v1alpha1 differ in whether they write the namespace too.
	router=$SERVICE
	router_object=$SERVICE.$NAMESPACE.iter8-experiment
fi

# Go template that writes a line for each fact about the Service, the Deployments, and the routing that iter8 made.
routing_template='{{range .items}}{{$kind := .kind}}{{$name := .metadata.name}}{{$router := ""}}{{$role := "-"}}{{$experiment := "-"
}}{{with .metadata.labels}}{{with index . "'$ITER8_ROUTER_LABEL'"}}{{$router = .}}{{end}}{{with index . "iter8-tools/role"}}{{$role = .}}{{end
}}{{with index . "iter8-tools/experiment"}}{{$experiment = .}}{{end}}{{end}}{{if eq $kind "Service"}}{{if eq $name "'$SERVICE'"}}service {{$name}}
{{range $key, $value := .spec.selector}}selector {{$key}}={{$value}}
{{end}}{{end}}{{else if eq $kind "Deployment"}}deployment {{$name}} {{if .status.availableReplicas}}available{{else}}unavailable{{end
}}{{range $key, $value := .spec.template.metadata.labels}} {{$key}}={{$value}}{{end}}
{{else if or (eq $router "'$router'") (eq $router "'$other_router'")}}{{if eq $kind "DestinationRule"}}rule {{$name}}
{{range .spec.subsets}}subset {{.name}}{{range $key, $value := .labels}} {{$key}}={{$value}}{{end}}
{{end}}{{else}}router {{$name}} {{$role}} {{$experiment}}
{{range .spec.http}}{{$routes := len .route}}{{range .route}}route {{with .destination.subset}}{{.}}{{else}}-{{end}} {{if .weight}}{{.weight}}{{else if eq $routes 1}}100{{else}}0{{end}}
{{end}}{{end}}{{end}}{{end}}{{end}}'

# read_routing: reads all of it into a file. Tells whether the Service exists.
read_routing() {
	kube get services,deployments.apps,virtualservices.networking.istio.io,destinationrules.networking.istio.io \
		-o go-template="$routing_template" >"$scratch/facts"
	mv "$scratch/facts" "$scratch/routing"
	# A line for each version of the service: its name, available or not, and the highest weight that leads to it; "-"
	# where several versions share the traffic because nothing routes it.
	awk '
		function has(labels, wanted,    i, n, parts) {
			n = split(wanted, parts, " ")
			for (i = 1; i <= n; i++) if (index(" " labels " ", " " parts[i] " ") == 0) return 0
			return 1
		}
		function rest(from,    i, text) {
			for (i = from; i <= NF; i++) text = text " " $i
			return text
		}
		$1 == "selector" { selector = selector " " $2 }
		$1 == "router" { routed = 1 }
		$1 == "route" { weights[++routes] = $3; subsets[routes] = $2 }
		$1 == "subset" { labels[$2] = rest(3) }
		$1 == "deployment" { name[++all] = $2; state[all] = $3; pods[all] = rest(4) }
		END {
			for (d = 1; d <= all; d++) if (selector != "" && has(pods[d], selector)) version[++versions] = d
			for (v = 1; v <= versions; v++) {
				d = version[v]
				traffic = routed ? 0 : versions == 1 ? 100 : "-"
				for (r = 1; r <= routes; r++) {
					known = subsets[r] == "-" || subsets[r] in labels
					if (known && has(pods[d], labels[subsets[r]]) && weights[r] + 0 > traffic + 0) traffic = weights[r]
				}
				print name[d], state[d], traffic
			}
		}
	' "$scratch/routing" >"$scratch/versions"
	grep -q '^service ' "$scratch/routing"
}

# traffic DEPLOYMENT: the weight that leads to it, in percent; "-" without routing; nothing when it is no version of the
# service.
traffic() { awk -v name="$1" '$1 == name { print $3 }' "$scratch/versions"; }

available() { awk -v name="$1" '$1 == name && $2 == "available" { found = 1 } END { exit !found }' "$scratch/versions"; }

exists() { grep -q "^deployment $1 " "$scratch/routing"; }

# router_name, router_role, router_experiment: the VirtualService, and what iter8 uses it for.
router_name() { awk '$1 == "router" { print $2; exit }' "$scratch/routing"; }
router_role() { awk '$1 == "router" { print $3; exit }' "$scratch/routing"; }
router_experiment() { awk '$1 == "router" { print $4; exit }' "$scratch/routing"; }

# rule_name: the DestinationRule.
rule_name() { awk '$1 == "rule" { print $2; exit }' "$scratch/routing"; }

# labels_of DEPLOYMENT: the labels of its pods.
labels_of() { sed -n "s/^deployment $1 [a-z]* *//p" "$scratch/routing"; }

# live_versions: the Deployments that may be the live one: those with most of the traffic, where there is routing.
live_versions() {
	awk '
		$3 != "-" { routed = 1 }
		{ name[NR] = $1; weight[NR] = $3 + 0; if (weight[NR] > most) most = weight[NR] }
		END { for (i = 1; i <= NR; i++) if (!routed || (most > 0 && weight[i] == most)) print name[i] }
	' "$scratch/versions"
}

# subset_of DEPLOYMENT: a subset of the DestinationRule that leads to it.
subset_of() {
	awk -v pods=" $(labels_of "$1") " '
		$1 == "subset" {
			for (i = 3; i <= NF; i++) if (index(pods, " " $i " ") == 0) next
			print $2
			exit
		}
	' "$scratch/routing"
}

# hold DEPLOYMENT: routes all traffic to it, where iter8 does not: its controller is away, or somebody deleted the
# VirtualService. The objects look like those that iter8 leaves behind, so the next experiment takes them over.
hold() {
	local labels subset rule host spec meta
	say "routing all traffic of $SERVICE to $1"
	rule=$(rule_name)
	host=$SERVICE.$NAMESPACE.svc.cluster.local
	meta="\"labels\":{\"$ITER8_ROUTER_LABEL\":\"$router\",\"iter8-tools/role\":\"stable\",\"iter8-tools/experiment\":null,\"iter8-tools/init\":null}"
	labels="{$(labels_of "$1" | tr ' ' '\n' | sed 's/\(.*\)=\(.*\)/"\1":"\2"/' | tr '\n' ',' | sed 's/,$//')}"
	subset=$(subset_of "$1")
	if [ -z "$subset" ]; then
		subset=$1
		if [ -n "$rule" ]; then
			kube patch destinationrule "$rule" --type json \
				-p "[{\"op\":\"add\",\"path\":\"/spec/subsets/-\",\"value\":{\"name\":\"$subset\",\"labels\":$labels}}]" >/dev/null
		else
			create_rule DestinationRule "\"host\":\"$host\",\"subsets\":[{\"name\":\"$subset\",\"labels\":$labels}]"
		fi
	fi
	spec="\"http\":[{\"route\":[{\"destination\":{\"host\":\"$host\",\"subset\":\"$subset\"},\"weight\":100}]}]"
	if [ -n "$(router_name)" ]; then
		kube patch virtualservice "$(router_name)" --type merge -p "{\"metadata\":{$meta},\"spec\":{$spec}}" >/dev/null
	else
		create_rule VirtualService "\"hosts\":[\"$host\"],\"gateways\":[\"mesh\"],$spec"
	fi
	[ -z "$rule" ] || kube patch destinationrule "$rule" --type merge -p "{\"metadata\":{$meta}}" >/dev/null
}

# create_rule KIND SPEC: named and labelled as iter8 does.
create_rule() {
	printf '{"apiVersion":"networking.istio.io/v1beta1","kind":"%s","metadata":{"name":"%s","labels":{"%s":"%s","iter8-tools/role":"stable"}},"spec":{%s}}' \
		"$1" "$router_object" "$ITER8_ROUTER_LABEL" "$router" "$2" >"$scratch/rule.json"
	kube create -f "$scratch/rule.json" >/dev/null
}
