#!/bin/sh
# Every curl command that the documentation of the GIS Cloud API prints, in its order, with host, key and ids of a running
# instance:
#
#   BASE=http://127.0.0.1:8787 sh docs/giscloud-curl.sh
#
# KEY is a key of yours; without it somebody is signed up. ADMIN (login:password) makes the user of the commands on users;
# without it that of `npm start` on this machine. `answers STATUS PATTERN` before a command is what the documentation says
# comes back: the status, and an extended regular expression that the body (or, of 201, the head) has. What begins with
# `make` or `key_of` is preparation. Commands that are printed without a key get one here: without it they are of nobody.
# The script ends with 1 when an answer is another.
set -u

BASE=${BASE:-http://127.0.0.1:8787}
ADMIN=${ADMIN:-admin:graticule}
stamp=$(date +%s)$$
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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
    cat body
    echo
  elif [ -n "$pattern" ] && ! cat head body | grep -Eq -- "$pattern"; then
    echo "FAILED (without $pattern): $*"
    cat body
    echo
  else
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  : >body
}

# The number at the end of the last answer's Location.
new_id() { sed -n 's/^[Ll]ocation: .*\/\([0-9]*\)[^0-9]*$/\1/p' head; }

# POSTs a body to a path and prints the id of what has been made.
make() {
  curl --silent --show-error -H "API-Key: $KEY" -d "$2" -o body -D head "$BASE/1/$1" && new_id
}

# A new key for login:password.
key_of() { curl --silent --show-error -u "$1" -X POST "$BASE/1/keys.json" | sed -n 's/.*"value":"\([0-9a-f]*\)".*/\1/p'; }

# Signs somebody up whose password is `correct horse`.
make_account() {
  curl --silent --show-error -o body -H 'Content-Type: application/json' \
    -d "{\"login\":\"$1\",\"email\":\"$1@example.org\",\"password\":\"correct horse\"}" "$BASE/account/sign_up"
}

FRIEND=gc_user$stamp
make_account "$FRIEND"
if [ -z "${KEY:-}" ]; then
  make_account "owner$stamp"
  KEY=$(key_of "owner$stamp:correct horse")
fi
ADMIN_KEY=$(key_of "$ADMIN")
MAP=$(make maps.json '{"name":"City of Zagreb"}')

# ---- Conventions

answers 200 '"type":"maps"' \
  curl "$BASE/1/maps.json?api_key=$KEY"
answers 200 '"type":"maps"' \
  curl -H "API-Key: $KEY" "$BASE/1/maps.json"
answers 200 '"type":"maps"' \
  curl "$BASE/1/maps.json"
answers 200 '"type":"maps"' \
  curl -H "Content-Type: application/json" "$BASE/1/maps.json"

# ---- Maps

answers 200 '"type":"maps","total":[1-9][0-9]*,"page":1,"data":\[\{.*"name":"City of Zagreb"' \
  curl -H "API-Key: $KEY" "$BASE/1/maps.json"
answers 200 '"name":"City of Zagreb".*"proj4":"\+proj=merc' \
  curl -H "API-Key: $KEY" "$BASE/1/maps/$MAP.json?expand=permisssions"
answers 201 '^[Ll]ocation: /1/maps/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"name": "New map name"}' "$BASE/1/maps.json"
NEW_MAP=$(new_id)
# Printed without the id of the map.
answers 200 '' \
  curl -H "API-Key: $KEY" -X PUT -d '{"name": "Updated map name"}' "$BASE/1/maps/$NEW_MAP.json"
answers 200 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/maps/$NEW_MAP.json"

# A table of points, and a layer of it.
TABLE=counties$stamp
COLUMNS='{"name":{"type":"text"},"value":{"type":"number"},"city":{"type":"text"},"county":{"type":"text"},
  "attribute_string":{"type":"text"},"attribute_int":{"type":"number"},"attribute_real":{"type":"number"}}'
make_table() {
  make tables.json "{\"name\":\"$1\",\"geometry\":\"POINT\",\"srid\":4326,\"columns\":$COLUMNS}"
}
make_layer() {
  make layers.json "{\"mid\":$MAP,\"name\":\"$1\",\"type\":\"point\",\"source\":{\"type\":\"pg\",\"src\":\"$2\"}}"
}
make_table "$TABLE"
FIRST=$(make "tables/$TABLE/rows.json" '{"data":{"name":"first","city":"New York"},"geometry":"POINT(-74 40.7)"}')
SECOND=$(make "tables/$TABLE/rows.json" '{"data":{"name":"second"},"geometry":"POINT(16 18)"}')
LAYER=$(make_layer Places "$TABLE")

answers 200 '"type":"layers","total":1,"page":1,"data":\[\{"id":"[0-9]+","name":"Places"' \
  curl -H "API-Key: $KEY" "$BASE/1/maps/$MAP/layers.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/map_cache/$MAP/2?layers=$LAYER"

# ---- Layers

answers 200 "\"type\":\"layers\",.*\"map_id\":\"$MAP\"" \
  curl -H "API-Key: $KEY" "$BASE/1/layers.json"
answers 200 "\"id\":\"$LAYER\",\"name\":\"Places\".*\"source\":\"\{.*\\\\\"type\\\\\":\\\\\"pg\\\\\".*\"alpha\":\"100\"" \
  curl -H "API-Key: $KEY" "$BASE/1/layers/$LAYER.json?expand=columns,form"
# Printed without the quotation mark that ends the name.
answers 201 '^[Ll]ocation: /1/layers/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"mid": '"$MAP"', "name":"New layer","type": "point", "source": "{\"type\":\"pg\",\"src\":\"'"$TABLE"'\"}"}' "$BASE/1/layers.json"
NEW_LAYER=$(new_id)
# Printed without the id of the layer, and with 200; its own clients want 204.
answers 204 '' \
  curl -H "API-Key: $KEY" -X PUT -d '{"name": "Updated layer name"}' "$BASE/1/layers/$NEW_LAYER.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/layers/$NEW_LAYER.json"
# Printed with 204, but there is a body.
answers 200 '\[\{"name":"name","type":"text"\}' \
  curl -H "API-Key: $KEY" "$BASE/1/layers/$LAYER/columns.json"

# ---- Features

answers 200 '"type":"features","total":2,"page":1,"data":\[\{"__id":[0-9]+,"__owner":[0-9]+,"__modified":[0-9]+,"__created":[0-9]+' \
  curl -H "API-Key: $KEY" "$BASE/1/layers/$LAYER/features.json"
answers 200 "\"__id\":$SECOND,.*\"data\":\{" \
  curl -H "API-Key: $KEY" "$BASE/1/layers/$LAYER/features/$SECOND.json"
answers 201 '^[Ll]ocation: /1/layers/[0-9]+/features/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"data": {"name": "myname", "value": 995}, "geometry": "POINT(15 45)"}' "$BASE/1/layers/$LAYER/features.json"
answers 200 '' \
  curl -H "API-Key: $KEY" -X PUT -d '{"data": {"name": "new name", "value": 999}, "geometry": "POINT(16 43)"}' "$BASE/1/layers/$LAYER/features/$FIRST.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/layers/$LAYER/features/$SECOND.json"
# Printed of the attached files, though it reads the feature. Of the first one: the second has just been deleted.
answers 200 "\"__id\":$FIRST,.*\"name\":\"new name\"" \
  curl -H "API-Key: $KEY" "$BASE/1/layers/$LAYER/features/$FIRST.json"

# ---- Tables

answers 200 "\"name\":\"$TABLE\"" \
  curl -H "API-Key: $KEY" "$BASE/1/tables.json"
answers 200 "\"name\":\"$TABLE\".*\"geometry\":\"POINT\".*\"name\":\{\"type\":\"text\",\"not_null\":false\}.*\"primary_key\":\"ogc_fid\"" \
  curl -H "API-Key: $KEY" "$BASE/1/tables/$TABLE.json"
answers 201 '^[Ll]ocation: ' \
  curl -X POST -H "API-Key: $KEY" -H 'Content-Type: application/json' -d '{"geometry":"POINT","name":"'"${TABLE}_7"'","columns":{"name":{"type":"text"},"num_of_houses":{"type":"number"}}}' "$BASE/1/tables.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/tables/${TABLE}_7"

# ---- Rows

answers 200 '"ogc_fid":"[0-9]+".*"name":"new name","value":"999"' \
  curl -H "API-Key: $KEY" "$BASE/1/tables/$TABLE/rows.json?geometry=false"
answers 201 '^[Ll]ocation: .*/rows/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"data": {"attribute_string": "some text", "attribute_int": 5, "attribute_real": 3.14}}' "$BASE/1/tables/$TABLE/rows.json"
answers 201 '^[Ll]ocation: .*/rows/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"data": {"city": "Split"}, "geometry": "POINT(16.446533203125 43.5127049046481)"}' "$BASE/1/tables/$TABLE/rows.json"
ROW=$(new_id)
answers 204 '' \
  curl -H "API-Key: $KEY" -X PUT -d '{"data": {"city": "New York"}}' "$BASE/1/tables/$TABLE/rows/$ROW.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/tables/$TABLE/rows/$ROW"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/tables/$TABLE/rows"
THIRD=$(make "tables/$TABLE/rows.json" '{"data":{"name":"third","city":"New York","county":"Kings"},"geometry":"POINT(16 18)"}')

# ---- Search. Printed with a blank in the address, which curl refuses.

answers 200 "\"layer_id\":\"?$LAYER.*\"city\":\"New York\"" \
  curl -H "API-Key: $KEY" -X GET "$BASE/1/search.json?query=New%20York&fields=$LAYER~city,county~&perpage=10&x=0&y=0"

# ---- Users

answers 200 '"type":"users",' \
  curl -H "API-Key: $KEY" "$BASE/1/users.json"
answers 201 '^[Ll]ocation: /1/users/[0-9]+' \
  curl -H "API-Key: $ADMIN_KEY" -X POST "$BASE/1/users" \
  -d '{"username":"'"johnsmith$stamp"'","email":"'"johnsmith$stamp"'@giscloud.com","firstname":"John","lastname":"Smith"}'
USER_ID=$(new_id)
answers 200 "\"id\":$USER_ID,\"username\":\"johnsmith$stamp\",.*\"active\":true,\"firstname\":\"John\",\"lastname\":\"Smith\",\"created\":[0-9]+" \
  curl -H "API-Key: $ADMIN_KEY" "$BASE/1/users/$USER_ID.json"
# Printed without the backslash that joins its two lines.
answers 200 "\"id\":$USER_ID,.*\"username\":\"johnsmith$stamp\"" \
  curl -H "API-Key: $ADMIN_KEY" -X PUT "$BASE/1/users/$USER_ID.json" \
  -d '{"username":"'"johnsmith$stamp"'","email":"'"johnsmith$stamp"'@giscloud.com","firstname":"John","lastname":"Smith"}'
answers 204 '' \
  curl -H "API-Key: $ADMIN_KEY" -X DELETE "$BASE/1/users/$USER_ID.json"

# ---- Roles

APP_ROLE=$(make roles.json '{"name":"App Role"}')
answers 200 '"type":"roles",.*"name":"App Role"' \
  curl -H "API-Key: $KEY" "$BASE/1/roles.json"
answers 201 '^[Ll]ocation: /1/roles/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST "$BASE/1/roles.json" -d '{"name": "EDIT"}'
ROLE=$(new_id)
answers 200 "\"id\":$ROLE,\"name\":\"EDIT\",\"app_role\":(true|false),\"parent_id\":null,\"owner_id\":[0-9]+" \
  curl -H "API-Key: $KEY" "$BASE/1/roles/$ROLE.json"
answers 200 '' \
  curl -H "API-Key: $KEY" -X PUT "$BASE/1/roles/$ROLE.json" -d '{"parent_id": '"$APP_ROLE"'}'
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/roles/$ROLE.json"

# ---- Storage

printf 'name,lon,lat\nNull Island,0,0\n' >test.csv
cp test.csv world.shp
curl --silent --show-error -o body -H "API-Key: $KEY" -F filedata=@world.shp "$BASE/1/storage/fs/my_folder"
answers 200 'Null Island' \
  curl -H "API-Key: $KEY" "$BASE/1/storage/fs/my_folder/world.shp"
answers 201 '^[Ll]ocation: /1/storage/fs/my_folder' \
  curl -H "API-Key: $KEY" -F filedata=@test.csv "$BASE/1/storage/fs/my_folder"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/storage/fs/my_folder/world.shp"

# ---- Features at a point. Printed with `.json` behind the last parameter, which does no harm.

answers 200 "\"__id\":$THIRD,.*\"city\":\"New York\"" \
  curl -H "API-Key: $KEY" "$BASE/1/geo_utils/features_at_point?layer_id=$LAYER&point_x=16&point_y=18&buffer=1000.json"

# ---- Buffer

answers 201 "^[Ll]ocation: /?1/maps/$MAP/layers/[0-9]+" \
  curl -H "API-Key: $KEY" -X POST -d '{"name":"buffer_layer_name","size":"100","merge_geom":true,"units":"meter","fill_color":"198,45,240","border_color":"0,32,96","border_width":1}' "$BASE/1/layers/$LAYER/buffer.json"

# ---- Permissions

RESOURCE=$(curl --silent --show-error -H "API-Key: $KEY" "$BASE/1/maps/$MAP.json" | sed -n 's/.*"resource_id":"\{0,1\}\([0-9]*\).*/\1/p')
answers 200 '"type":"permissions","total":0,"page":1,"data":\[\{"permissions":\[\{"type":"OWNER","share_id":"?[0-9]*"?\}\],"username":"' \
  curl -H "API-Key: $KEY" "$BASE/1/resources/$RESOURCE/permissions.json"
SHARE=$(make "resources/$RESOURCE/permissions.json" '{"username":"anonymous","permission":"READ"}')
# Printed with 201, though it reads.
answers 200 "\"id\":\"$SHARE\",\"resource_id\":\"$RESOURCE\",\"user_id\":.*,\"username\":\"anonymous\",\"permission\":\"READ\"" \
  curl -H "API-Key: $KEY" "$BASE/1/resources/$RESOURCE/permissions/$SHARE.json"
answers 201 '^[Ll]ocation: ' \
  curl -H "API-Key: $KEY" -X POST -d '{"username": "'"$FRIEND"'", "permission": "READ"}' "$BASE/1/resources/$RESOURCE/permissions.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/resources/$RESOURCE/permissions/$SHARE.json"

# ---- Keys

KEY_ID=$(make keys.json '{"key_desc":"upload"}')
answers 200 '"type":"keys",.*"key_desc":"upload","created":"[0-9]{4}-[0-9]{2}-[0-9]{2} [^"]*"' \
  curl -H "API-Key: $KEY" "$BASE/1/keys.json"
answers 200 "\"id\":\"$KEY_ID\",.*\"key_trunc\":\"[0-9a-f]{6}\",\"active\":\"t\"" \
  curl -H "API-Key: $KEY" "$BASE/1/keys/$KEY_ID.json"
answers 201 '^[Ll]ocation: /1/keys/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST "$BASE/1/keys.json"
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/keys/rows/$KEY_ID"

# ---- OAuth 2 clients

CLIENT=$(make oauth2_clients.json '{"name":"test","redirect_uri":"https://myapp.giscloud.com","description":"my app"}')
answers 200 '"type":"oauth2_clients",.*"client_id":"[0-9a-f]{20}"' \
  curl -H "API-Key: $KEY" "$BASE/1/oauth2_clients.json"
answers 200 "\"id\":$CLIENT,\"client_id\":\"[0-9a-f]{20}\",.*\"redirect_uri\":\"https://myapp.giscloud.com\",\"owner\":[0-9]+,\"name\":\"test\",\"description\":\"my app\"" \
  curl -H "API-Key: $KEY" "$BASE/1/oauth2_clients/$CLIENT.json"
answers 201 '^[Ll]ocation: /1/oauth2_clients/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"name": "New app", "redirect_uri": "https://my.redirecturi.com"}' "$BASE/1/oauth2_clients.json"
NEW_CLIENT=$(new_id)
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/oauth2_clients/$NEW_CLIENT"

# ---- Approved apps

APPROVED=$(make userapprovedapps.json "{\"client_id\":$CLIENT}")
answers 200 '"type":"userapprovedapps","total":1,"page":1,"data":\[\{"id":[0-9]+,"uid":[0-9]+,"client_id":[0-9]+\}\]' \
  curl -H "API-Key: $KEY" "$BASE/1/userapprovedapps.json"
answers 200 "\{\"id\":$APPROVED,\"uid\":[0-9]+,\"client_id\":$CLIENT\}" \
  curl -H "API-Key: $KEY" "$BASE/1/userapprovedapps/$APPROVED.json"
CLIENT=$(make oauth2_clients.json '{"name":"another","redirect_uri":"https://another.giscloud.com"}')
answers 201 '^[Ll]ocation: /1/userapprovedapps/[0-9]+' \
  curl -H "API-Key: $KEY" -X POST -d '{"client_id": '"$CLIENT"'}' "$BASE/1/userapprovedapps.json"
APPROVED=$(new_id)
answers 204 '' \
  curl -H "API-Key: $KEY" -X DELETE "$BASE/1/userapprovedapps/$APPROVED"

echo "$passed commands answered as documented, $failed did not"
[ "$failed" -eq 0 ]
