#!/usr/bin/env bash
# Fills the cases in this folder anew with what Confluent's own classes make of them.
#
#   record.sh CHECKOUT       (a checkout of github.com/confluentinc/schema-registry; the cases were recorded
#                             with 794611bd86d1ce0422581269e2b13a2ab010c7fb, Avro 1.12.0, Everit 1.14.4)
#
# Needs javac, mvn, and the jars of the JVM worker (tests/servers/jvm-connect.sh fetch). Confluent's registry client is
# not needed: the few of its classes that AvroData and JsonSchemaData name are stood in for below.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
checkout="$(cd "${1:?a checkout of confluentinc/schema-registry}" && pwd)"
cache="${SERVERS_CACHE:-$HOME/.cache/connect-servers}"
work="$(mktemp -d)"; trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.avro</groupId><artifactId>avro</artifactId><version>1.12.0</version></dependency>
<dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>32.0.1-jre</version></dependency>
<dependency><groupId>com.github.erosb</groupId><artifactId>everit-json-schema</artifactId><version>1.14.4</version></dependency>
<dependency><groupId>com.fasterxml.jackson.datatype</groupId><artifactId>jackson-datatype-guava</artifactId><version>2.16.0</version></dependency>
<dependency><groupId>com.fasterxml.jackson.datatype</groupId><artifactId>jackson-datatype-json-org</artifactId><version>2.16.0</version></dependency>
</dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
# Jackson and Kafka from the worker, so that there is one of each.
rm -f lib/jackson-core-* lib/jackson-databind-* lib/jackson-annotations-*
worker="$(ls -d "$cache"/jars/connect-*/lib | head -n 1)"
cp "$worker"/connect-api-* "$worker"/connect-json-* "$worker"/kafka-clients-* "$worker"/jackson-core-* \
  "$worker"/jackson-databind-* "$worker"/jackson-annotations-* "$worker"/jackson-datatype-jdk8-* \
  "$worker"/jackson-module-blackbird-* "$worker"/log4j* lib/

stand_in() { mkdir -p "src/$(dirname "$1")"; cat > "src/$1.java"; }
take() { mkdir -p "src/$2"; cp "$checkout/$1/src/main/java/$2/"$3 "src/$2/"; }
take avro-data io/confluent/connect/avro '*.java'
take schema-converter io/confluent/connect/schema '*.java'
take json-schema-converter io/confluent/connect/json 'JsonSchemaData*.java'
take avro-serializer io/confluent/kafka/serializers NonRecordContainer.java
stand_in io/confluent/kafka/schemaregistry/avro/AvroSchema <<'JAVA'
package io.confluent.kafka.schemaregistry.avro;
public record AvroSchema(org.apache.avro.Schema schema, Integer version) {}
JAVA
stand_in io/confluent/kafka/schemaregistry/json/JsonSchema <<'JAVA'
package io.confluent.kafka.schemaregistry.json;
import org.everit.json.schema.Schema;
public record JsonSchema(Schema rawSchema, Integer version) {
  public JsonSchema(Schema schema) { this(schema, null); }
  public JsonSchema copyIgnoringModernDialects() { return this; }
}
JAVA
stand_in io/confluent/avro/type/VariantConversion <<'JAVA'
package io.confluent.avro.type;
public class VariantConversion {
  public org.apache.avro.Schema getRecommendedSchema() { throw new UnsupportedOperationException(); }
}
JAVA
stand_in io/confluent/avro/type/VariantLogicalType <<'JAVA'
package io.confluent.avro.type;
public class VariantLogicalType { public static final String NAME = "variant"; }
JAVA
stand_in io/confluent/connect/schema/ConnectVariant <<'JAVA'
package io.confluent.connect.schema;
import org.apache.kafka.connect.data.*;
public class ConnectVariant {
  public static final String LOGICAL_NAME = "io.confluent.connect.data.Variant";
  public static boolean isVariant(Schema s) { return s != null && LOGICAL_NAME.equals(s.name()); }
  public static SchemaBuilder builder() { throw new UnsupportedOperationException("variant"); }
  public static Struct toLogical(Schema s, Object v) { throw new UnsupportedOperationException("variant"); }
  public static com.fasterxml.jackson.databind.JsonNode fromLogical(Schema s, Struct v) {
    throw new UnsupportedOperationException("variant");
  }
}
JAVA
stand_in io/confluent/kafka/schemaregistry/json/jackson/Jackson <<'JAVA'
package io.confluent.kafka.schemaregistry.json.jackson;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
public class Jackson {
  public static ObjectMapper newObjectMapper() {
    ObjectMapper m = JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    m.registerModule(new com.fasterxml.jackson.datatype.guava.GuavaModule());
    m.registerModule(new com.fasterxml.jackson.datatype.jsonorg.JsonOrgModule());
    m.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    m.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    m.setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));
    return m;
  }
}
JAVA
mkdir classes
javac -nowarn -proc:none -cp 'lib/*' -d classes $(find src -name '*.java') "$here/Goldens.java"
for kind in avro json; do
  java -cp "classes:lib/*" Goldens "$kind" "$here/$kind.jsonl" > "$kind.jsonl" 2> "$kind.log" || { cat "$kind.log"; exit 1; }
  cp "$kind.jsonl" "$here/$kind.jsonl"
done
git -C "$here" --no-pager diff --stat -- "$here"
