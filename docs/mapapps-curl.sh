#!/bin/sh
# Every request that the documentation of the map.apps App Management prints, in its order, with host, credentials and id of
# a running instance:
#
#   BASE=http://127.0.0.1:8787 sh docs/mapapps-curl.sh
#
# ADMIN (login:password) is who asks; without it the administrator of `npm start` on this machine. The app is made for it and
# deleted at the end. `answers STATUS PATTERN` before a command is what the documentation says comes back: the status, and an
# extended regular expression that the body or the head has. Bodies and headers are sent as they are printed, the header
# `Authentication`, the trailing comma and the comment in JSON among them. The script ends with 1 when an answer is another.
set -u

BASE=${BASE:-http://127.0.0.1:8787}
ADMIN=${ADMIN:-admin:graticule}
ID=myApp$(date +%s)$$
APPS=$BASE/resources/apps
work=$(mktemp -d)
trap 'curl --silent -u "$ADMIN" -X DELETE "$APPS/$ID" >"$work/gone"; rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0

# Runs a command and compares its answer.
answers() {
  status=$1
  pattern=$2
  shift 2
  got=$("$@" --silent --show-error --output body --dump-header head --write-out '%{http_code}')
  if [ "$got" != "$status" ]; then
    echo "FAILED ($got, not $status): $*"
    head -c 2000 body
    echo
  elif [ -n "$pattern" ] && ! cat head body | grep -Eqa -- "$pattern"; then
    echo "FAILED (without $pattern): $*"
    head -c 2000 body
    echo
  else
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
}

basic=$(printf %s "$ADMIN" | base64)

## Authentication

answers 200 '"total":' \
  curl -H "Authentication: Basic $basic" "$APPS"
answers 200 '"access_token":"[^"]+"' \
  curl -u "$ADMIN" -X POST "$BASE/account/tokens"
token=$(sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' body)
answers 200 '"total":' \
  curl -H "Authentication: Bearer $token" "$APPS"

## Create app

cat >create.json <<JSON
{
    "id": "$ID",
    "title": "My App",
    "description": "My App Description",
    "sharedInGroups": ["maAdmin"]
}
JSON
answers 303 "^[Ll]ocation: .*resources/apps/$ID.?\$" \
  curl -u "$ADMIN" -H 'Content-Type: application/json' --data-binary @create.json "$APPS"
answers 400 '\{"code":0,"error":".+"\}' \
  curl -u "$ADMIN" -H 'Content-Type: application/json' --data-binary @create.json "$APPS"

## Query existing apps

answers 200 "\"items\":\[.*\"id\":\"$ID\",\"title\":\"My App\"" \
  curl -u "$ADMIN" -H 'accept: application/json' -G --data-urlencode 'filter=(and title="My App";createdBy="admin")' "$APPS"
answers 200 "\"id\":\"$ID\"" \
  curl -u "$ADMIN" -H 'accept: application/json' -G --data-urlencode 'filter=title="My App"' "$APPS"
answers 200 "\"id\":\"$ID\"" \
  curl -u "$ADMIN" -H 'accept: application/json' -G --data-urlencode 'filter=createdBy="admin"' "$APPS"
answers 200 '"total":[0-9]+,"items":\[' \
  curl -u "$ADMIN" -H 'accept: application/json' -G --data-urlencode 'filter=title like "A*"' "$APPS"
answers 200 '"total":[1-9][0-9]*,"items":\[\{' \
  curl -u "$ADMIN" "$APPS?sort=+title,-id&range=0-&f=json"
answers 200 '"items":\[\{[^{]*\}\]\}$' \
  curl -u "$ADMIN" "$APPS?range=0-0&edit=true"
answers 200 '"total":[1-9]' \
  curl -u "$ADMIN" "$APPS?range=0-1"
answers 200 '"total":[1-9]' \
  curl -u "$ADMIN" "$APPS?range=10-12"
answers 200 '"total":[1-9][0-9]*,"items":\[\]' \
  curl -u "$ADMIN" "$APPS?range=0--1"
answers 200 '"total":[1-9][0-9]*,"items":\[\]' \
  curl -u "$ADMIN" "$APPS?range=0—1"
answers 200 '^[Cc]ontent-[Tt]ype: text/html' \
  curl -u "$ADMIN" -H 'accept: text/html' "$APPS"

## Get app overview page

answers 200 '^[Cc]ontent-[Tt]ype: text/html' \
  curl -u "$ADMIN" "$APPS/index.html"

## Get app meta data

metadata="\"editorState\":\"DRAFT\",\"preoptimized\":false,\"id\":\"$ID\",\"title\":\"My App\",\"description\":\"My App Description\",\"createdBy\":\"[^\"]+\",\"createdAt\":[0-9]{13},\"modifiedBy\":\"[^\"]+\",\"modifiedAt\":[0-9]{13},\"templateId\":\"[^\"]*\",\"templateFile\":\"[^\"]*\",\"thumbnailFile\":\"[^\"]*\",\"sharedInGroupsCount\":[0-9]+,\"portalItemStatus\":\"\",\"sharedInGroups\":\[\"maAdmin\"\]"
answers 200 "^\{$metadata\}\$" \
  curl -u "$ADMIN" "$APPS/$ID"

## Redirect to index.html of app

answers 303 "^[Ll]ocation: .*resources/apps/$ID/index.html.?\$" \
  curl -u "$ADMIN" -H 'accept: text/html' "$APPS/$ID"

## Update app meta data

cat >update.json <<JSON
{
    "id": "$ID",
    "title": "My App",
    "description": "My App Description",
    "editorState": "PUBLISHED",
    "sharedInGroups": ["maAdmin"],
}
JSON
answers 200 '"editorState":"PUBLISHED"' \
  curl -u "$ADMIN" -X PUT -H 'Content-Type: application/json' --data-binary @update.json "$APPS/$ID"

## Export app using GET: what is uploaded further on

answers 200 '^[Cc]ontent-[Tt]ype: application/octet-stream' \
  curl -u "$ADMIN" "$APPS/$ID.zip?standalone=false"
cp body myApp.zip

## Delete app

answers 204 '' \
  curl -u "$ADMIN" -X DELETE "$APPS/$ID"

## Upload app

answers 200 '^\{"file":"myApp.zip","name":"file","type":".zip"\}$' \
  curl -u "$ADMIN" -F 'file=@myApp.zip;type=application/zip' "$APPS/$ID"
echo 'no archive' >broken.zip
answers 200 '^\{"file":"broken.zip","name":"file","type":".zip","error":".+"\}$' \
  curl -u "$ADMIN" -F 'file=@broken.zip;type=application/zip' "$APPS/$ID"

## Get the app.json

answers 200 '"bundles":' \
  curl -u "$ADMIN" "$APPS/$ID/app.json"
answers 200 '"bundles":' \
  curl -u "$ADMIN" "$APPS/$ID/app.json?preview=true&autorefresh=5"
cp body config.json

## Launch app, thumbnail, resources

answers 200 '^[Cc]ontent-[Tt]ype: text/html' \
  curl -u "$ADMIN" "$APPS/$ID/index.html"
answers 200 '^[Cc]ontent-[Tt]ype: image/png' \
  curl -u "$ADMIN" "$APPS/$ID/thumbnail.png"
answers 200 '\["app.json"' \
  curl -u "$ADMIN" "$APPS/$ID/\$raw/\$index"
answers 200 '^[Cc]ontent-[Tt]ype: image/png' \
  curl -u "$ADMIN" "$APPS/$ID/\$raw/thumbnail.png"
cp body example.png

## Create, upload and delete a resource

answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X PUT -H 'content-type: text/plain' --data-binary 'Enter content...' "$APPS/$ID/\$raw/notes.txt"
answers 200 '^Enter content\.\.\.$' \
  curl -u "$ADMIN" "$APPS/$ID/notes.txt"
answers 200 '^\{"file":"example.png","name":"file","type":".png"\}$' \
  curl -u "$ADMIN" -F 'file=@example.png;type=image/png' "$APPS/$ID/\$raw/images/logo.png"
answers 200 '^[Cc]ontent-[Tt]ype: image/png' \
  curl -u "$ADMIN" "$APPS/$ID/images/logo.png"
answers 200 '^\{"file":"example.png","name":"file","type":".png","error":".+"\}$' \
  curl -u "$ADMIN" -F 'file=@example.png;type=image/png' "$APPS/$ID/\$raw/images/logo.png/below.png"
answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X DELETE "$APPS/$ID/\$raw/images/logo.png"
answers 404 '"code":404' \
  curl -u "$ADMIN" -X DELETE "$APPS/$ID/\$raw/images/logo.png"

## Get app meta data

answers 200 "^\{\"editorState\":\"DRAFT\",.*\"id\":\"$ID\"" \
  curl -u "$ADMIN" "$APPS/$ID.json"

## Export app

answers 200 '^[Cc]ontent-[Tt]ype: application/octet-stream' \
  curl -u "$ADMIN" "$APPS/$ID.zip?standalone=true"
answers 200 "^[Cc]ontent-[Dd]isposition: attachment; filename=\"$ID.zip\"" \
  curl -u "$ADMIN" -d 'standalone=true' "$APPS/$ID.zip"
answers 200 '^[Cc]ontent-[Ll]ength: [1-9]' \
  curl -u "$ADMIN" -d 'standalone=false' "$APPS/$ID.zip"

## Enable or disable pre-optimization

answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X POST "$APPS/$ID/preoptimizedState?preoptimized=true"
answers 200 '"preoptimized":true' \
  curl -u "$ADMIN" "$APPS/$ID"
answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X POST "$APPS/$ID/preoptimizedState?preoptimized=false"
answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X PUT -H 'Content-Type: text/javascript' --data-binary 'let let = 1' "$APPS/$ID/\$raw/broken.js"
answers 500 '^\{"code":500,"error":".*broken.js.*"\}$' \
  curl -u "$ADMIN" -X POST "$APPS/$ID/preoptimizedState?preoptimized=true"

## Update app configuration: the body that is printed

cat >config.json <<'JSON'
{
    // app configuration here
}
JSON
answers 200 '^\{"success":true\}$' \
  curl -u "$ADMIN" -X PUT -H 'Content-Type: application/json' --data-binary @config.json "$APPS/$ID/app.json"

echo "$passed requests answered as documented, $failed did not"
[ "$failed" -eq 0 ]
