#!/bin/sh
# The service is there, and starts when somebody says so: a hub is an account to
# make first.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	if systemctl is-active --quiet lenscap.service; then systemctl restart lenscap.service; fi
fi
