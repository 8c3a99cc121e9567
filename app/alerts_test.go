package app

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"mayday/engine"
)

// TestAlertRulesAskForWhatThereIs reads the rules that operators take over, and looks for each metric and label value in what a node counts.
func TestAlertRulesAskForWhatThereIs(t *testing.T) {
	file, err := os.Open("../docs/operating/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rules struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil {
		t.Fatalf("docs/operating/alerts.yaml: %v", err)
	}
	known, named := counted(t), map[string]bool{}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if named[rule.Alert] || rule.Alert == "" || rule.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, rule.Labels["severity"]) {
				t.Errorf("%q: told twice, or without a name, a summary or a severity", rule.Alert)
			}
			named[rule.Alert] = true
			if !regexp.MustCompile(`^(\d+[smh])?$`).MatchString(rule.For) {
				t.Errorf("%s: for %s", rule.Alert, rule.For)
			}
			for _, complaint := range complaintsOf(rule.Expr, rule.Annotations["summary"], known) {
				t.Errorf("%s: %s", rule.Alert, complaint)
			}
		}
	}
	if len(named) < 10 {
		t.Errorf("%d rules only", len(named))
	}
}

func TestAlertRuleThatIsWrongIsFound(t *testing.T) {
	known := counted(t)
	for _, row := range []struct{ expr, summary, want string }{
		{`mayday_nothing > 0`, "", "no metric mayday_nothing"},
		{`mayday_alarm_total_bucket > 0`, "", "no metric mayday_alarm_total_bucket"},
		{`mayday_alarm_total{alarm="no_such"} > 0`, "", "no alarm no_such"},
		{`mayday_alarm_total{alarm=~"no_.*"} > 0`, "", "no alarm no_.*"},
		{`mayday_alarm_total{alarm=~"drill_failed|no_such"} > 0`, "", "no alarm no_such"},
		{`mayday_fault{cause="no_trunk"} == 1`, "", "no label cause of mayday_fault"},
		{`sum by (node) (mayday_trunk_up) == 0`, "", "no label node of mayday_trunk_up"},
		{`sum by (instance) (mayday_trunk_up) == 0`, "{{ $labels.trunk }} is away", "says trunk, which is not told"},
		{`max without (trunk) (mayday_trunk_up) == 0`, "{{ $labels.trunk }} is away", "says trunk, which is not told"},
		{`absent(mayday_trunk_up)`, "{{ $labels.instance }} is away", "says instance, which is not told"},
		{`mayday_trunk_up == 0`, "{{ $label.trunk }} is away", "undefined variable"},
		{`histogram_quantile(mayday_emergency_invite_seconds_bucket, 0.99) > 1`, "", "expected type scalar"},
		{`increase(mayday_alarm_total) > 0`, "", "expected type range vector"},
		{`mayday_trunk_up = 0`, "", "unexpected"},
		{`mayday_trunk_up == 0`, "The trunk {{ $labels.trunk }} of {{ $labels.instance }}: {{ $value }}.", ""},
	} {
		complaints := strings.Join(complaintsOf(row.expr, row.summary, known), "; ")
		if !strings.Contains(complaints, row.want) || (complaints == "") != (row.want == "") {
			t.Errorf("%s, %q: %q, want %q", row.expr, row.summary, complaints, row.want)
		}
	}
}

// TestEveryAlarmIsThereBeforeItIsRaised: Prometheus sees no rise of a series that is told for the first time, so each alarm is told at 0.
func TestEveryAlarmIsThereBeforeItIsRaised(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry, &Node{})
	counted := make(chan prometheus.Metric, 1000)
	m.alarms.Collect(counted)
	close(counted)
	var there []string
	for metric := range counted {
		var told dto.Metric
		if err := metric.Write(&told); err != nil || told.GetCounter().GetValue() != 0 {
			t.Errorf("an alarm at the start: %v, %v", &told, err)
		}
		there = append(there, told.GetLabel()[0].GetValue())
	}
	var named []string
	for file, written := range map[string]struct{ kind, prefix string }{
		"../engine/effect.go": {"Alarm", ""}, "../edge/notify/notifier.go": {"Alarm", ""}, "../engine/blackbox/fault.go": {"Code", "blackbox_"},
	} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t\w+\s+`+written.kind+` = "(\w+)"`).FindAllSubmatch(page, -1) {
			named = append(named, written.prefix+string(m[1]))
		}
	}
	slices.Sort(there)
	slices.Sort(named)
	if diff := cmp.Diff(named, there); diff != "" {
		t.Errorf("alarms (-named +at 0):\n%s", diff)
	}
}

func TestEveryCauseHasItsWordsAndItsCure(t *testing.T) {
	for file, quoted := range map[string]string{"../docs/operating/README.md": "`%`", "../web/ui/lib/i18n/en/readiness.ts": `"cause.%":`} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, cause := range engine.Causes() {
			if !strings.Contains(string(page), strings.Replace(quoted, "%", string(cause), 1)) {
				t.Errorf("%s says nothing of %s", file, cause)
			}
		}
	}
}

// counted returns the labels of each series of a node, by its name.
func counted(t *testing.T) map[string][]string {
	t.Helper()
	registry := prometheus.NewRegistry()
	m := newMetrics(registry, &Node{})
	described := make(chan *prometheus.Desc, 1000)
	registry.Describe(described)
	close(described)
	known := map[string][]string{}
	for desc := range described {
		found := regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{(.*)\}`).FindStringSubmatch(desc.String())
		if found == nil {
			t.Fatalf("a metric: %s", desc)
		}
		known[found[1]] = regexp.MustCompile(`\w+`).FindAllString(found[2], -1)
	}
	// A histogram is told as three series.
	name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(m.invite.Desc().String())[1]
	known[name+"_bucket"] = append(slices.Clone(known[name]), "le")
	known[name+"_sum"], known[name+"_count"] = known[name], known[name]
	delete(known, name)
	return known
}

// scraped are the labels that Prometheus itself puts on each series.
var scraped = []string{"instance", "job"}

// complaintsOf returns what is wrong with an expression and the sentence that says what it has found.
func complaintsOf(expr, summary string, known map[string][]string) []string {
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return []string{err.Error()}
	}
	var complaints []string
	parser.Inspect(tree, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			complaints = append(complaints, unknownTo(n, known)...)
		case *parser.AggregateExpr:
			for _, label := range n.Grouping {
				if all := carried(n.Expr, known); !slices.Contains(all, label) {
					complaints = append(complaints, fmt.Sprintf("no label %s of %s", label, n.Expr))
				}
			}
		}
		return nil
	})
	return append(complaints, unsaid(summary, carried(tree, known))...)
}

// unknownTo returns what a selector asks for that there is not.
func unknownTo(selector *parser.VectorSelector, known map[string][]string) (complaints []string) {
	labels, there := known[selector.Name]
	if !there {
		return []string{"no metric " + selector.Name}
	}
	for _, matcher := range selector.LabelMatchers {
		switch {
		case matcher.Name == "__name__":
		case !slices.Contains(labels, matcher.Name):
			complaints = append(complaints, "no label "+matcher.Name+" of "+selector.Name)
		default:
			for value := range strings.SplitSeq(matcher.Value, "|") {
				one := regexp.MustCompile("^(?:" + value + ")$")
				if !slices.ContainsFunc(valuesOf(matcher.Name), one.MatchString) {
					complaints = append(complaints, "no "+matcher.Name+" "+value)
				}
			}
		}
	}
	return complaints
}

// valuesOf returns what a label can say.
func valuesOf(label string) (values []string) {
	switch label {
	case "cause":
		for _, cause := range engine.Causes() {
			values = append(values, string(cause))
		}
	case "colour":
		for _, colour := range engine.Colours() {
			values = append(values, string(colour))
		}
	case "alarm":
		values = alarms()
	}
	return values
}

// carried returns the labels that the series of an expression have.
func carried(expr parser.Expr, known map[string][]string) []string {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return append(slices.Clone(scraped), known[e.Name]...)
	case *parser.AggregateExpr:
		if e.Without {
			return slices.DeleteFunc(carried(e.Expr, known), func(label string) bool { return slices.Contains(e.Grouping, label) })
		}
		return e.Grouping
	case *parser.Call:
		if e.Func.Name == "absent" {
			return nil
		}
	}
	var all []string
	for _, child := range parser.Children(expr) {
		if inner, is := child.(parser.Expr); is {
			all = append(all, carried(inner, known)...)
		}
	}
	return all
}

// unsaid fills a sentence in, as Prometheus does, with the labels alone that there are.
func unsaid(summary string, labels []string) []string {
	sentence, err := template.New("").Parse("{{ $labels := .Labels }}{{ $value := .Value }}" + summary)
	if err != nil {
		return []string{err.Error()}
	}
	var complaints []string
	for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(summary, -1) {
		if !slices.Contains(labels, m[1]) {
			complaints = append(complaints, "says "+m[1]+", which is not told")
		}
	}
	if err := sentence.Execute(io.Discard, map[string]any{"Labels": map[string]string{}, "Value": 1.0}); err != nil {
		return append(complaints, err.Error())
	}
	return complaints
}
