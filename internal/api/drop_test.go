package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
)

// TestAnOrganisationIsTakenOut by who administers all of them and gives its name,
// and not by an administrator of it alone; the other one stays.
func TestAnOrganisationIsTakenOut(t *testing.T) {
	r := newRig(t)
	ash, err := r.app.Hub.FindSite(t.Context(), "test", "Ash council", "Hall")
	if err != nil {
		t.Fatal(err)
	}
	birch, err := r.app.Hub.FindSite(t.Context(), "test", "Birch police", "Yard")
	if err != nil {
		t.Fatal(err)
	}
	own := r.token("own", map[int64]access.Role{ash.Organisation: access.Admin}, access.Scopes)
	path := fmt.Sprintf("%s/organisations/%d", api.Prefix, ash.Organisation)
	named := path + "?name=" + url.QueryEscape("Ash council")
	r.want(http.StatusForbidden, own, "DELETE", named, nil, nil)
	r.want(http.StatusUnprocessableEntity, r.admin, "DELETE", path+"?name=Birch", nil, nil)
	r.want(http.StatusAccepted, r.admin, "DELETE", named, nil, nil)
	if err := r.app.Hub.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want(http.StatusNotFound, r.admin, "GET", path, nil, nil)
	r.want(http.StatusNotFound, r.admin, "GET", fmt.Sprintf("%s/sites/%d", api.Prefix, ash.ID), nil, nil)
	r.want(http.StatusOK, r.admin, "GET", fmt.Sprintf("%s/sites/%d", api.Prefix, birch.ID), nil, nil)
	r.want(http.StatusUnauthorized, own, "GET", api.Prefix+"/organisations", nil, nil) // its token went
	var log struct {
		Items []struct{ Action, Actor, Object string }
	}
	r.want(http.StatusOK, r.admin, "GET", api.Prefix+"/audit", nil, &log)
	said := fmt.Sprint(log.Items)
	for _, want := range []string{"organisation.drop ", "organisation.dropped hub organisation " + fmt.Sprint(ash.Organisation), "site.dropped hub"} {
		if !strings.Contains(said, want) {
			t.Errorf("the audit log does not have %q: %s", want, said)
		}
	}
}
