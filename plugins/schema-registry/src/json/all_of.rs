//! What an `allOf` means (`JsonSchemaData.allOfToConnectSchema`).

use std::collections::HashMap;

use ferry_sdk::data::{SchemaBuilder, SchemaRef};
use ferry_sdk::{Error, Result};

use super::class::{Class, Member, Node, classify, is_required, kind_of};
use super::to_connect::{Conversion, DEEPEST};

impl<'j> Conversion<'j> {
    /// The schema of an `allOf` of `members`, which stands at `node`.
    pub fn all_of(
        &mut self,
        node: Node<'j>,
        members: Vec<Member<'j>>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        let mut properties = Vec::new();
        for member in &members {
            match member {
                Member::Whole(inner) => self.collect(*inner, &mut properties, 0)?,
                Member::Aspect(Class::Object) => collect_own(node, &mut properties),
                Member::Aspect(_) => {}
            }
        }
        if properties.is_empty() {
            return self.most_telling(node, members, version, optional);
        }
        self.open.push(node.json);
        let mut builder = SchemaBuilder::structure();
        for (name, inner, required) in properties {
            let optional = self.settings.optional_for_nonrequired && !required;
            let schema = self.child(inner, optional, &format!("fieldSchema for field {name}"))?;
            builder = builder.field(name, &schema);
        }
        self.open.pop();
        Ok(Some(builder.set_optional(optional).build()))
    }

    /// Of an `allOf` without properties: the member that says most about the type.
    fn most_telling(
        &mut self,
        node: Node<'j>,
        members: Vec<Member<'j>>,
        version: Option<i32>,
        optional: bool,
    ) -> Result<Option<SchemaRef>> {
        let mut found: HashMap<&str, Member<'j>> = HashMap::new();
        for member in members {
            let class = match &member {
                Member::Whole(inner) => kind_of(&classify(*inner), inner.json),
                Member::Aspect(class) => kind_of(class, node.json),
            };
            found.insert(class, member);
        }
        let mut take = |kind: &str| found.remove(kind);
        let chosen = if let Some(combined) = take("combined") {
            Some(combined)
        } else if let Some(_constant) = take("const") {
            take("string").or_else(|| take("number"))
        } else if let Some(values) = take("enum") {
            if take("string").is_some() { Some(values) } else { take("number") }
        } else if node.json["format"].is_string()
            && let Some(text) = take("string")
        {
            take("number").or(Some(text))
        } else {
            take("reference")
        };
        match chosen {
            Some(member) => self.member(node, member, version, optional),
            None => Err(Error::data(format!("Unsupported criterion allOf for {}", node.json))
                .class("java.lang.IllegalArgumentException")),
        }
    }

    fn collect(
        &self,
        node: Node<'j>,
        found: &mut Vec<(&'j str, Node<'j>, bool)>,
        depth: usize,
    ) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::data("The allOf of a JSON Schema contains itself"));
        }
        match classify(node) {
            Class::Object => collect_own(node, found),
            Class::Reference(reference) => self.collect(self.resolve(node, reference)?, found, depth + 1)?,
            Class::Combined { all: true, members } => {
                for member in members {
                    match member {
                        Member::Whole(inner) => self.collect(inner, found, depth + 1)?,
                        Member::Aspect(Class::Object) => collect_own(node, found),
                        Member::Aspect(_) => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn collect_own<'j>(node: Node<'j>, found: &mut Vec<(&'j str, Node<'j>, bool)>) {
    for (name, json) in node.json["properties"].as_object().into_iter().flatten() {
        let entry = (name.as_str(), Node { json, ..node }, is_required(node.json, name));
        match found.iter_mut().find(|(other, _, _)| other == name) {
            Some(known) => *known = entry,
            None => found.push(entry),
        }
    }
}
