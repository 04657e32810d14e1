//! From Avro's bytes to a value in the arena, by the plan of their schema (`GenericDatumReader`,
//! `AvroData.toConnectData`).

use ferry_sdk::data::{Arena, Entry, ValueRef, java};
use ferry_sdk::{Error, Result};

use super::anything::Slot;
use super::input::Input;
use super::read_plan::{Make, Node, Plan, RecordPlan, Step, Wire};
use ferry_sdk::java::logical;

/// No value is nested deeper.
pub const DEEPEST: usize = 200;

impl Plan {
    /// The value in `bytes`; what follows it is not looked at unless `whole`.
    pub fn decode<'a>(
        &self,
        bytes: &'a [u8],
        whole: bool,
        arena: &'a Arena,
        spare: &mut Vec<ValueRef<'static>>,
    ) -> Result<ValueRef<'a>> {
        let mut reader = Reader { input: Input::new(bytes), arena, stack: recycle(std::mem::take(spare)) };
        let value = match self.root {
            Node::Lengthy(make) if self.bare => reader.make(make, bytes),
            _ => reader.value(&self.root, 0),
        };
        let left = if self.bare { 0 } else { reader.input.left() };
        *spare = recycle(reader.stack);
        match value {
            Ok(_) if whole && left > 0 => {
                Err(Error::data("Trailing data found after deserializing Avro message")
                    .class("org.apache.kafka.common.errors.SerializationException"))
            }
            value => value,
        }
    }
}

/// The same memory for values of another life.
fn recycle<'b>(mut values: Vec<ValueRef<'_>>) -> Vec<ValueRef<'b>> {
    values.clear();
    values.into_iter().map(|_| ValueRef::NULL).collect()
}

struct Reader<'a> {
    input: Input<'a>,
    arena: &'a Arena,
    stack: Vec<ValueRef<'a>>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &Node, depth: usize) -> Result<ValueRef<'a>> {
        if depth > DEEPEST {
            return Err(Error::data(format!("The value is nested deeper than {DEEPEST} levels")));
        }
        Ok(match node {
            Node::Null => ValueRef::NULL,
            Node::Boolean => ValueRef::bool(self.input.boolean()?),
            Node::Number(wire, make) => self.number(*wire, *make)?,
            Node::Lengthy(make) => {
                let bytes = self.input.lengthy()?;
                self.make(*make, bytes)?
            }
            Node::Fixed(size, make) => {
                let bytes = self.input.take(*size)?;
                self.make(*make, bytes)?
            }
            Node::Enum(symbols) => {
                let at = self.input.long()?;
                let symbol = usize::try_from(at).ok().and_then(|at| symbols.get(at));
                let symbol = symbol.and_then(Option::as_ref);
                let symbol = symbol.ok_or_else(|| Input::bad(format!("No match for enum symbol {at}")))?;
                ValueRef::str(self.arena.str(symbol))
            }
            Node::Array(items) => self.array(items, depth)?,
            Node::Map(values) => self.map(values, depth)?,
            Node::Entries(nodes) => self.entries(nodes, depth)?,
            Node::Record(plan) => self.record(plan, depth)?,
            Node::Union(members) => {
                let at = self.input.long()?;
                let member = usize::try_from(at).ok().and_then(|at| members.get(at));
                let member = member.ok_or_else(|| Input::bad(format!("Union has no member {at}")))?;
                self.value(member, depth + 1)?
            }
            Node::Sum { at, width, node } => {
                let value = self.value(node, depth + 1)?;
                let base = self.stack.len();
                self.stack.resize(base + width, ValueRef::NULL);
                self.stack[base + at] = value;
                self.structure(base)
            }
            Node::Anything => self.anything(depth)?,
            Node::Fail(why) => return Err(Input::bad(why.clone())),
        })
    }

    fn number(&mut self, wire: Wire, make: Make) -> Result<ValueRef<'a>> {
        let whole = match wire {
            Wire::Int => i64::from(self.input.int()?),
            Wire::Long => self.input.long()?,
            Wire::Float => return Ok(fraction(f64::from(self.input.float()?), make)),
            Wire::Double => return Ok(fraction(self.input.double()?, make)),
        };
        Ok(match make {
            Make::Int8 => ValueRef::int8(whole as i8),
            Make::Int16 => ValueRef::int16(whole as i16),
            Make::Int32 => ValueRef::int32(whole as i32),
            Make::Float32 => ValueRef::float32(whole as f32),
            Make::Float64 => ValueRef::float64(whole as f64),
            Make::Instant(logical) => ValueRef::instant(logical.decode(whole)?),
            _ => ValueRef::int64(whole),
        })
    }

    fn make(&self, make: Make, bytes: &'a [u8]) -> Result<ValueRef<'a>> {
        Ok(match make {
            Make::Bytes => ValueRef::bytes(bytes),
            Make::Decimal(scale) => ValueRef::decimal(self.arena.decimal(logical::minimal(bytes), scale)),
            _ => match simdutf8::basic::from_utf8(bytes) {
                Ok(text) => ValueRef::str(text),
                Err(_) => ValueRef::str(self.arena.str(&java::decode(bytes))),
            },
        })
    }

    /// What was put onto the stack since `base`, as a struct.
    fn structure(&mut self, base: usize) -> ValueRef<'a> {
        let values = self.arena.values(&self.stack[base..]);
        self.stack.truncate(base);
        ValueRef::structure(values)
    }

    fn record(&mut self, plan: &RecordPlan, depth: usize) -> Result<ValueRef<'a>> {
        let base = self.stack.len();
        self.stack.resize(base + plan.width, ValueRef::NULL);
        for step in &plan.steps {
            match step {
                Step::Read(at, node) => self.stack[base + at] = self.value(node, depth + 1)?,
                Step::Skip(avro) => self.input.skip(avro, 0)?,
            }
        }
        for (at, value) in &plan.constants {
            self.stack[base + at] = value.put(self.arena);
        }
        Ok(self.structure(base))
    }

    fn array(&mut self, items: &Node, depth: usize) -> Result<ValueRef<'a>> {
        let base = self.stack.len();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let value = self.value(items, depth + 1)?;
                self.stack.push(value);
            }
        }
        let values = self.arena.values(&self.stack[base..]);
        self.stack.truncate(base);
        Ok(ValueRef::array(values))
    }

    fn map(&mut self, values: &Node, depth: usize) -> Result<ValueRef<'a>> {
        let mut entries = Vec::new();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let key = self.input.lengthy()?;
                let key = self.make(Make::Text, key)?;
                entries.push(Entry { key, value: self.value(values, depth + 1)? });
            }
        }
        Ok(self.hashed(entries))
    }

    fn entries(&mut self, nodes: &(Node, Node), depth: usize) -> Result<ValueRef<'a>> {
        let mut entries = Vec::new();
        while let Some(count) = self.input.block()? {
            for _ in 0..count {
                let key = self.value(&nodes.0, depth + 1)?;
                entries.push(Entry { key, value: self.value(&nodes.1, depth + 1)? });
            }
        }
        Ok(self.hashed(entries))
    }

    /// In the order of the `HashMap` that Confluent makes.
    fn hashed(&self, mut entries: Vec<Entry<'a>>) -> ValueRef<'a> {
        let capacity = entries.len();
        java::hash_map_order(&mut entries, capacity);
        ValueRef::map(self.arena.entries(&entries))
    }

    fn anything(&mut self, depth: usize) -> Result<ValueRef<'a>> {
        let mut value = ValueRef::NULL;
        for slot in Slot::ALL {
            match self.input.long()? {
                0 => continue,
                1 => {}
                other => return Err(Input::bad(format!("Union has no member {other}"))),
            }
            let read = self.slot(slot, depth)?;
            // The first that is set counts.
            if value.is_null() {
                value = read;
            }
        }
        Ok(value)
    }

    fn slot(&mut self, slot: Slot, depth: usize) -> Result<ValueRef<'a>> {
        match slot {
            Slot::Boolean => self.value(&Node::Boolean, depth),
            Slot::Bytes => self.value(&Node::Lengthy(Make::Bytes), depth),
            Slot::Double => self.number(Wire::Double, Make::Float64),
            Slot::Float => self.number(Wire::Float, Make::Float32),
            Slot::Int => self.number(Wire::Int, Make::Int32),
            Slot::Long => self.number(Wire::Long, Make::Int64),
            Slot::String => self.value(&Node::Lengthy(Make::Text), depth),
            Slot::Array => self.array(&Node::Anything, depth),
            Slot::Map => self.entries(&(Node::Anything, Node::Anything), depth),
        }
    }
}

fn fraction<'a>(value: f64, make: Make) -> ValueRef<'a> {
    match make {
        Make::Float32 => ValueRef::float32(value as f32),
        _ => ValueRef::float64(value),
    }
}
