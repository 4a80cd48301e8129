#!/bin/sh
# Builds from a checkout what the image holds, into a folder: run by the Dockerfile and by the tests. What is installed for it stays behind.
set -eu
to=${1:?names the folder to build into}
cd "$(dirname "$0")/.."
# The platform's own Node builds; the one that development brings is not fetched.
[ -d node_modules ] || npm ci --ignore-scripts
node build/bundle.ts "$to"
cp LICENSE "$to"
