package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// TestTheHubIsCaredForByProgram backs a running hub up and proves its audit log.
func TestTheHubIsCaredForByProgram(t *testing.T) {
	r := newRig(t)
	var org hub.Organisation
	r.want(http.StatusCreated, r.admin, "POST", "/api/v1/organisations", `{"name":"Council"}`, &org)
	part := r.token("bea", map[int64]access.Role{org.ID: access.Admin}, access.Scopes)
	r.want(http.StatusNotFound, part, "POST", "/api/v1/tasks", `{"kind":"backup"}`, nil) // of one organisation only: the hub is not theirs
	r.want(http.StatusUnprocessableEntity, r.admin, "POST", "/api/v1/tasks", `{"kind":"dance"}`, nil)
	r.want(http.StatusUnprocessableEntity, r.admin, "POST", "/api/v1/tasks", `{"kind":"backup","head":"x"}`, nil)
	for _, kind := range []string{"backup", "verify-audit", "rebuild", "vacuum"} {
		var task hub.Task
		a := r.want(http.StatusAccepted, r.admin, "POST", "/api/v1/tasks", `{"kind":"`+kind+`"}`, &task)
		for task.State == hub.Running {
			r.want(http.StatusOK, r.admin, "GET", a.header.Get("Location"), nil, &task)
		}
		if task.State != hub.Done || task.By == "" || task.Says == "" {
			t.Errorf("%s: %+v, want done", kind, task)
		}
		if kind == "backup" && !strings.Contains(task.Says, "backups") {
			t.Errorf("the backup is at %q, want it in the folder of backups", task.Says)
		}
	}
	var all page
	r.want(http.StatusOK, r.admin, "GET", "/api/v1/tasks?limit=3", nil, &all)
	if len(all.Items) != 3 || all.Next == "" {
		t.Errorf("tasks: %+v, want 3 and more", all)
	}
}
