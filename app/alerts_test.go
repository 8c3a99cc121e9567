package app

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
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
			if strings.Count(rule.Expr, "(") != strings.Count(rule.Expr, ")") || !regexp.MustCompile(`^(\d+[smh])?$`).MatchString(rule.For) {
				t.Errorf("%s: %s for %s", rule.Alert, rule.Expr, rule.For)
			}
			for _, complaint := range unknownIn(rule.Expr, known) {
				t.Errorf("%s: %s", rule.Alert, complaint)
			}
		}
	}
	if len(named) < 10 {
		t.Errorf("%d rules only", len(named))
	}
	if got := unknownIn(`mayday_nothing > 0 and mayday_alarm_total{alarm="no_such"} and mayday_fault{cause="x"}`, known); len(got) != 3 {
		t.Errorf("three things that there are not: %v", got)
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

// counted returns the labels of each metric of a node.
func counted(t *testing.T) map[string][]string {
	t.Helper()
	registry := prometheus.NewRegistry()
	newMetrics(registry, &Node{})
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
	return known
}

var (
	asked  = regexp.MustCompile(`(mayday_\w+)(?:\{(\w+)=~?"([^"]*)"\})?`)
	series = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// unknownIn returns what an expression asks for that there is not.
func unknownIn(expr string, known map[string][]string) (complaints []string) {
	var values []string
	for _, cause := range engine.Causes() {
		values = append(values, string(cause))
	}
	for _, colour := range engine.Colours() {
		values = append(values, string(colour))
	}
	for _, alarm := range engine.Alarms() {
		values = append(values, string(alarm))
	}
	for _, m := range asked.FindAllStringSubmatch(expr, -1) {
		labels, there := known[m[1]]
		if !there {
			labels, there = known[series.ReplaceAllString(m[1], "")]
		}
		switch {
		case !there:
			complaints = append(complaints, "no metric "+m[1])
		case m[2] != "" && !slices.Contains(labels, m[2]):
			complaints = append(complaints, "no label "+m[2]+" of "+m[1])
		case m[2] != "" && !strings.Contains(m[3], ".*"):
			for value := range strings.SplitSeq(m[3], "|") {
				if !slices.Contains(values, value) {
					complaints = append(complaints, "no "+m[2]+" "+value)
				}
			}
		}
	}
	return complaints
}
