#!/usr/bin/env bash
# The Java client of Connect's REST API that is most used, from the maven jars.
#
#   connect-client.sh jars     (fetch them if they are not there; print their folder)

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=4.0.5
[ "${1:-}" = jars ] || die "usage: connect-client.sh jars"
maven_dir "kafka-connect-client-$version" "org.sourcelab:kafka-connect-client:$version"
