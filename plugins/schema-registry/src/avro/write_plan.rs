//! How to write the values of a Connect schema under an Avro schema: made once, for [`super::encode`].

use ferry_sdk::Result;
use ferry_sdk::data::{Schema, SchemaType};

use super::Settings;
use super::encode::cannot;
use super::from_connect::is_union;
use super::names;
use super::schema::{Avro, Kind};
use ferry_sdk::java::logical::{self, Logical};

/// How to write the values of one Connect schema under one Avro schema.
#[derive(Debug)]
pub struct Plan {
    pub(super) root: Node,
}

/// How to write one value.
#[derive(Debug)]
pub(super) enum Node {
    Int(SchemaType),
    Long(SchemaType),
    Float(SchemaType),
    Double(SchemaType),
    Instant(Logical),
    Boolean,
    Text,
    Bytes,
    Fixed(usize),
    Decimal {
        scale: i32,
        fixed: Option<usize>,
    },
    Enum(Vec<String>),
    Array(Box<Node>),
    Map(Box<Node>),
    Entries(Box<(Node, Node)>),
    Record(Vec<FieldNode>),
    /// A member of a union.
    Member(usize, Box<Node>),
    /// A value that may be null: the member of null, if the union has one.
    Optional {
        null: Option<usize>,
        node: Box<Node>,
    },
    /// A union as a struct: the first field that is not null is the value.
    Sum {
        null: Option<usize>,
        fields: Vec<Node>,
    },
    Anything,
    /// What both sides cannot agree on; said when a value comes.
    Impossible(String),
}

/// How to write one field of the target.
#[derive(Debug)]
pub(super) enum FieldNode {
    /// Field `at` of the struct; `default` are the bytes for null.
    Given { at: usize, node: Node, default: Option<Vec<u8>> },
    /// A field that only the target has, with its default.
    Constant(Vec<u8>),
}

impl Plan {
    /// For values of `schema` whose own Avro schema is `own`, written as `target` says.
    pub fn new(settings: &Settings, schema: Option<&Schema>, own: &Avro, target: &Avro) -> Result<Self> {
        Ok(Self { root: Compiler { settings }.node(schema, own, target)? })
    }
}

struct Compiler<'s> {
    settings: &'s Settings,
}

impl Compiler<'_> {
    fn node(&self, schema: Option<&Schema>, own: &Avro, target: &Avro) -> Result<Node> {
        let Some(schema) = schema else { return self.place(own, target, |_| Ok(Node::Anything)) };
        if schema.kind() == SchemaType::Struct && is_union(schema) {
            let members = own.union().iter().filter(|member| member.kind != Kind::Null);
            let fields = schema.fields().iter().zip(members);
            let fields = fields.map(|(field, member)| self.some(field.schema(), member, target));
            return Ok(Node::Sum {
                null: schema.is_optional().then(|| null_member(target)).flatten(),
                fields: fields.collect::<Result<_>>()?,
            });
        }
        if schema.is_optional() {
            let member = own.union().iter().find(|m| m.kind != Kind::Null).unwrap_or(own);
            let node = Box::new(self.some(schema, member, target)?);
            return Ok(Node::Optional { null: null_member(target), node });
        }
        self.some(schema, own, target)
    }

    /// A value of `schema` that is not null.
    fn some(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        self.place(own, target, |target| self.typed(schema, own, target))
    }

    /// Finds the member if `target` is a union.
    fn place(&self, own: &Avro, target: &Avro, node: impl Fn(&Avro) -> Result<Node>) -> Result<Node> {
        let Kind::Union(members) = &target.kind else { return node(target) };
        let exact = |m: &&Avro| same_kind(own, m) && own.full_name() == m.full_name();
        let found = members.iter().find(exact);
        let found = found.or_else(|| members.iter().find(|m| same_kind(own, m)));
        let Some(member) = found.or_else(|| members.iter().find(|m| widens(own, m))) else {
            return Ok(Node::Impossible(format!(
                "{} is not in union {}",
                own.full_name(),
                super::text::text(target)
            )));
        };
        let at = members.iter().position(|m| std::ptr::eq(m, member)).unwrap_or_default();
        Ok(Node::Member(at, Box::new(node(member)?)))
    }

    fn typed(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let logical = Logical::of(schema);
        Ok(match (&own.kind, &target.kind) {
            (Kind::Int | Kind::Long, Kind::Int | Kind::Long)
                if logical.is_some_and(|l| l != Logical::Decimal) && !narrows(own, target) =>
            {
                Node::Instant(logical.unwrap_or(Logical::Timestamp))
            }
            (Kind::Int, Kind::Int) => Node::Int(schema.kind()),
            (Kind::Int | Kind::Long, Kind::Long) => Node::Long(schema.kind()),
            (Kind::Int | Kind::Long | Kind::Float, Kind::Float) => Node::Float(schema.kind()),
            (Kind::Int | Kind::Long | Kind::Float | Kind::Double, Kind::Double) => {
                Node::Double(schema.kind())
            }
            (Kind::Boolean, Kind::Boolean) => Node::Boolean,
            (Kind::String | Kind::Enum { .. }, Kind::String) => Node::Text,
            (Kind::String | Kind::Enum { .. }, Kind::Enum { symbols, .. }) => Node::Enum(symbols.clone()),
            (Kind::Bytes | Kind::Fixed(_), Kind::Bytes | Kind::Fixed(_)) => bytes(schema, logical, target)?,
            (Kind::Array(own), Kind::Array(target)) if schema.kind() == SchemaType::Array => {
                Node::Array(Box::new(self.node(schema.value_schema(), own, target)?))
            }
            (Kind::Map(own), Kind::Map(target)) => {
                Node::Map(Box::new(self.node(schema.value_schema(), own, target)?))
            }
            (Kind::Array(own), Kind::Array(target)) => self.entries(schema, own, target)?,
            (Kind::Record(_), Kind::Record(_)) => self.record(schema, own, target)?,
            _ => Node::Impossible(format!("cannot write {} as {}", own.full_name(), target.full_name())),
        })
    }

    /// A map whose keys are no strings.
    fn entries(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let pair =
            |avro: &Avro| Some((avro.field("key")?.schema.clone(), avro.field("value")?.schema.clone()));
        let (Some((own_key, own_value)), Some((key, value))) = (pair(own), pair(target)) else {
            return Ok(Node::Impossible(format!("{} is no map entry", target.full_name())));
        };
        let key = self.node(schema.key_schema(), &own_key, &key)?;
        Ok(Node::Entries(Box::new((key, self.node(schema.value_schema(), &own_value, &value)?))))
    }

    fn record(&self, schema: &Schema, own: &Avro, target: &Avro) -> Result<Node> {
        let mut nodes = Vec::with_capacity(target.fields().len());
        for field in target.fields() {
            let scrub = self.settings.scrub;
            let given = schema.fields().iter().position(|f| names::scrubbed(f.name(), scrub) == field.name);
            nodes.push(match (given, own.field(&field.name)) {
                (Some(at), Some(own)) => {
                    let schema = schema.fields()[at].schema();
                    let node = self.node(Some(schema), &own.schema, &field.schema)?;
                    let default =
                        schema.default_value().filter(|v| !v.is_null() && !self.settings.ignore_default);
                    let default = default.map(|value| {
                        let mut bytes = Vec::new();
                        node.write(value, &mut bytes).map(|()| bytes)
                    });
                    FieldNode::Given { at, node, default: default.transpose()? }
                }
                _ => FieldNode::Constant(super::resolve::default_bytes(field).ok_or_else(|| {
                    cannot(format!("the record has no field {} and the schema no default for it", field.name))
                })?),
            });
        }
        Ok(Node::Record(nodes))
    }
}

fn bytes(schema: &Schema, logical: Option<Logical>, target: &Avro) -> Result<Node> {
    let fixed = match target.kind {
        Kind::Fixed(size) => Some(size),
        _ => None,
    };
    Ok(match (logical, fixed) {
        (Some(Logical::Decimal), fixed) => Node::Decimal { scale: logical::scale(schema)?, fixed },
        (_, Some(size)) => Node::Fixed(size),
        (_, None) => Node::Bytes,
    })
}

fn null_member(target: &Avro) -> Option<usize> {
    target.union().iter().position(|member| member.kind == Kind::Null)
}

fn same_kind(own: &Avro, member: &Avro) -> bool {
    std::mem::discriminant(&own.kind) == std::mem::discriminant(&member.kind)
        && (own.name.is_none() || own.full_name() == member.full_name())
}

fn narrows(own: &Avro, target: &Avro) -> bool {
    own.kind == Kind::Long && target.kind == Kind::Int
}

fn widens(own: &Avro, member: &Avro) -> bool {
    match own.kind {
        Kind::Int => matches!(member.kind, Kind::Long | Kind::Float | Kind::Double),
        Kind::Long => matches!(member.kind, Kind::Float | Kind::Double),
        Kind::Float => member.kind == Kind::Double,
        _ => false,
    }
}
