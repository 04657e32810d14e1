//! The source.

use ferry_sdk::abi::data::Entry;
use ferry_sdk::prelude::*;

const BATCH: i64 = 1000;
const POOL: usize = 64;
const TEXT: usize = 130;
const DAY: i64 = 86_400_000;

/// Makes structs of 20 fields and about 1 KiB, as many as asked for.
#[derive(Config)]
pub struct Settings {
    /// Topic to write to; task `n` writes to partition `n`.
    #[config(non_empty)]
    topic: String,
    /// Records of each task.
    records: i64,
    /// The number of the task.
    #[config(default = 0)]
    task: i32,
}

pub struct StructSource {
    settings: Settings,
    schema: SchemaRef,
    partition: Value,
    pool: Vec<String>,
    next: i64,
}

impl Source for StructSource {
    type Config = Settings;

    fn start(settings: Settings, _: &SourceContext) -> Result<Self> {
        let partition = Value::map([("task", settings.task)]);
        Ok(Self { schema: schema(), partition, pool: pool(), next: 0, settings })
    }

    fn poll(&mut self, context: &SourceContext, out: &mut Records<'_>) -> Result<()> {
        let end = self.settings.records.min(self.next + BATCH);
        if self.next == end {
            context.sleep(Duration::from_millis(100));
            return Ok(());
        }
        let arena = out.arena();
        let topic = arena.str(&self.settings.topic);
        let schema = arena.schema(&self.schema);
        let partition = self.partition.put(arena);
        for n in self.next..end {
            let offset =
                ValueRef::map(arena.entries(&[Entry { key: ValueRef::str("n"), value: ValueRef::int64(n) }]));
            out.push(
                Record::to(topic)
                    .with_partition(self.settings.task)
                    .with_value(Some(schema), self.value(arena, n))
                    .from_source(partition, offset),
            );
        }
        self.next = end;
        Ok(())
    }

    fn task_configs(config: &ConfigMap, max: usize) -> Result<Vec<ConfigMap>> {
        let of_task = |n: usize| {
            let mut config = config.clone();
            config.insert("task", n.to_string());
            config
        };
        Ok((0..max).map(of_task).collect())
    }
}

impl StructSource {
    fn text<'a>(&self, arena: &'a Arena, n: i64) -> ValueRef<'a> {
        ValueRef::str(arena.str(&self.pool[n as usize % POOL]))
    }

    fn short<'a>(&self, arena: &'a Arena, n: i64, length: usize) -> ValueRef<'a> {
        ValueRef::str(arena.str(&self.pool[n as usize % POOL][..length]))
    }

    fn value<'a>(&self, arena: &'a Arena, n: i64) -> ValueRef<'a> {
        let entry = |key, value| Entry { key: ValueRef::str(key), value };
        let tags = [self.short(arena, n, 16), self.short(arena, n + 1, 16), self.short(arena, n + 2, 16)];
        let attributes =
            [entry("colour", self.short(arena, n + 3, 16)), entry("size", self.short(arena, n + 4, 16))];
        let address = [
            self.short(arena, n + 5, 30),
            self.short(arena, n + 6, 20),
            ValueRef::int32((n % 99_999) as i32),
        ];
        let unscaled = (n % 1_000_000).to_be_bytes();
        let unscaled = &unscaled[minimal(unscaled)..];
        ValueRef::structure(arena.values(&[
            ValueRef::int64(n),
            ValueRef::int32(self.settings.task),
            ValueRef::int16((n % 1000) as i16),
            ValueRef::int8((n % 100) as i8),
            ValueRef::bool(n % 2 == 0),
            ValueRef::float32((n % 1000) as f32 / 8.0),
            ValueRef::float64((n % 100_000) as f64 / 16.0),
            ValueRef::instant(1_700_000_000_000 + n),
            ValueRef::instant(n % 20_000 * DAY),
            ValueRef::decimal(arena.decimal(unscaled, 2)),
            ValueRef::bytes(arena.bytes(&self.pool[n as usize % POOL].as_bytes()[..48])),
            if n % 3 == 0 { ValueRef::NULL } else { self.short(arena, n + 7, 60) },
            ValueRef::array(arena.values(&tags)),
            ValueRef::map(arena.entries(&attributes)),
            ValueRef::structure(arena.values(&address)),
            self.text(arena, n + 8),
            self.text(arena, n + 9),
            self.text(arena, n + 10),
            self.text(arena, n + 11),
            self.text(arena, n + 12),
        ]))
    }
}

/// Where the shortest two's complement form of a positive number begins, which is what Java writes.
fn minimal(bytes: [u8; 8]) -> usize {
    (0..7).find(|&i| bytes[i] != 0 || bytes[i + 1] >= 0x80).unwrap_or(7)
}

fn pool() -> Vec<String> {
    let mut state = 1_u64;
    let letters = b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[(state >> 58) as usize])
    };
    (0..POOL).map(|_| (0..TEXT).map(|_| letter()).collect()).collect()
}

fn schema() -> SchemaRef {
    let (string, int32) = (Schema::string(), Schema::int32());
    let address = SchemaBuilder::structure()
        .name("ferry.bench.Address")
        .field("street", string)
        .field("city", string)
        .field("zip", int32)
        .build();
    let mut all = SchemaBuilder::structure()
        .name("ferry.bench.Order")
        .field("id", Schema::int64())
        .field("shard", int32)
        .field("small", Schema::int16())
        .field("tiny", Schema::int8())
        .field("active", Schema::boolean())
        .field("ratio", Schema::float32())
        .field("amount", Schema::float64())
        .field("created", &SchemaBuilder::timestamp().build())
        .field("day", &SchemaBuilder::date().build())
        .field("price", &SchemaBuilder::decimal(2).build())
        .field("blob", Schema::bytes())
        .field("note", Schema::optional_string())
        .field("tags", &SchemaBuilder::array(string.clone()).build())
        .field("attributes", &SchemaBuilder::map(string.clone(), string.clone()).build())
        .field("address", &address);
    for name in ["text0", "text1", "text2", "text3", "text4"] {
        all = all.field(name, string);
    }
    all.build()
}
