//! `abi.lock`: every layout and signature that crosses the boundary, so that none changes unseen.

use std::collections::HashSet;
use std::fmt::Write as _;

use abi_stable::StableAbi;
use abi_stable::type_layout::{TLData, TLFields, TLFunction, TLPrimitive, TypeLayout};

use crate::handshake::{AbiVersion, Handshake};
use crate::vtable::image::LAYOUT;

/// All types in the order in which they are first met.
fn collect(layout: &'static TypeLayout, seen: &mut HashSet<String>, out: &mut Vec<&'static TypeLayout>) {
    if !seen.insert(name(layout)) {
        return;
    }
    out.push(layout);
    for nested in layout.shared_vars().type_layouts() {
        collect(nested(), seen, out);
    }
}

/// The type with all its parameters; abi_stable's own text leaves types out.
fn name(layout: &TypeLayout) -> String {
    let generics = layout.generics();
    let types: Vec<String> = generics.type_params().iter().map(|t| name(t())).collect();
    let inner = types.join(", ");
    if let TLData::Primitive(primitive) = layout.data() {
        return match primitive {
            TLPrimitive::SharedRef => format!("&{inner}"),
            TLPrimitive::MutRef => format!("&mut {inner}"),
            TLPrimitive::ConstPtr => format!("*const {inner}"),
            TLPrimitive::MutPtr => format!("*mut {inner}"),
            TLPrimitive::Array => format!("[{inner}; {} bytes]", layout.size()),
            _ => layout.name().to_owned(),
        };
    }
    // Derived types do not say their type parameters: the fields that are made of them do.
    let telling = match layout.name() {
        "RResult" | "ROption" | "Tuple2" => usize::MAX,
        "Slice" | "RVec" => 1,
        _ => 0,
    };
    let fields = match layout.data() {
        TLData::Enum(kinds) => Some(kinds.fields),
        _ => layout.get_fields(),
    };
    let mut parameters: Vec<String> = generics.lifetimes().map(str::to_owned).collect();
    parameters.extend(types);
    parameters.extend(fields.into_iter().flat_map(|f| f.to_vec()).take(telling).map(|f| name(f.layout())));
    if layout.name() == "Object" {
        parameters.extend(fields.into_iter().flat_map(|f| f.to_vec()).skip(1).map(|f| name(f.layout())));
    }
    match parameters.is_empty() {
        true => layout.name().to_owned(),
        false => format!("{}<{}>", layout.name(), parameters.join(", ")),
    }
}

fn signature(function: &TLFunction) -> String {
    let parameters: Vec<String> = function.param_type_layouts.iter().map(|p| name(p())).collect();
    let result = function.return_type_layout().map_or_else(|| "()".to_owned(), |r| name(r()));
    let binds = match function.bound_lifetimes.trim_matches([';', ',']) {
        "" => String::new(),
        bound => format!("for<'{}> ", bound.replace([';', ','], ", '")),
    };
    let safety = if function.fn_qualifs.is_unsafe() { "unsafe " } else { "" };
    format!("{binds}{safety}fn({}) -> {result}", parameters.join(", "))
}

fn fields(fields: TLFields, out: &mut String) {
    let mut offset = 0;
    for field in fields.iter() {
        let layout = field.layout();
        offset = usize::next_multiple_of(offset, layout.alignment());
        let functions = field.function_range();
        let kind = match functions.len() {
            0 => name(layout),
            _ => functions.iter().map(|f| signature(&f)).collect::<Vec<_>>().join(" | "),
        };
        writeln!(out, "  {offset:3} {}: {kind}", field.name()).expect("a string takes all");
        offset += layout.size();
    }
}

fn text() -> String {
    let mut types = Vec::new();
    let mut seen = HashSet::new();
    collect(LAYOUT, &mut seen, &mut types);
    for frozen in
        [<crate::raw::Batch as StableAbi>::LAYOUT, <crate::data::Record<'static> as StableAbi>::LAYOUT]
    {
        collect(frozen, &mut seen, &mut types);
    }
    let mut out = format!("boundary {}\n", AbiVersion::CURRENT);
    writeln!(out, "\nhandshake size {} align {}", size_of::<Handshake>(), align_of::<Handshake>())
        .expect("a string");
    macro_rules! handshake {
        ($($field:ident)*) => { $(
            writeln!(out, "  {:3} {}", std::mem::offset_of!(Handshake, $field), stringify!($field)).expect("a string");
        )* };
    }
    handshake!(magic size abi_major abi_minor required_minor unwinds reserved sdk rustc triple root);
    for layout in types {
        let kind = match layout.data() {
            TLData::Primitive(_) => continue,
            TLData::Opaque => "opaque",
            TLData::Struct { .. } => "struct",
            TLData::Union { .. } => "union",
            TLData::Enum(_) => "enum",
            TLData::PrefixType(_) => "table",
        };
        let of = layout.package();
        write!(out, "\n{kind} {} size {} align {}", name(layout), layout.size(), layout.alignment())
            .expect("a string");
        if of.as_str() != "ferry-plugin-abi" {
            writeln!(out, " from {of}").expect("a string");
            continue;
        }
        out.push('\n');
        match layout.data() {
            TLData::Struct { fields: all } | TLData::Union { fields: all } => fields(all, &mut out),
            TLData::PrefixType(table) => {
                writeln!(out, "      always {} of {} fields", table.first_suffix_field, table.fields.len())
                    .expect("a string");
                fields(table.fields, &mut out);
            }
            TLData::Enum(kinds) => {
                for variant in kinds.variant_names_iter() {
                    writeln!(out, "      {variant}").expect("a string");
                }
                writeln!(out, "      {:?}", kinds.discriminants).expect("a string");
                fields(kinds.fields, &mut out);
            }
            TLData::Primitive(_) | TLData::Opaque => {}
        }
    }
    out
}

#[test]
#[cfg(not(any(feature = "abi-test-older", feature = "abi-test-newer", feature = "abi-test-changed")))]
fn nothing_that_crosses_the_boundary_changed_unseen() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("abi.lock");
    let now = text();
    if std::env::var_os("FERRY_BLESS").is_some() {
        std::fs::write(&path, &now).expect("abi.lock can be written");
    }
    let locked = std::fs::read_to_string(&path).unwrap_or_default();
    if locked != now {
        let differs = locked.lines().zip(now.lines()).find(|(a, b)| a != b);
        let (was, is) = differs.unwrap_or(("(another length)", "(another length)"));
        panic!(
            "the boundary between host and plugins changed:\n  locked: {was}\n  now:    {is}\nIf an item was \
             appended, raise ABI_MINOR; if a released one changed, give it a new name instead or raise ABI_MAJOR \
             (src/handshake.rs). Then run this test with FERRY_BLESS=1 and commit abi.lock."
        );
    }
}

#[test]
fn the_text_tells_a_table_from_one_with_a_field_more() {
    let text = text();
    assert!(text.contains("\ntable PluginModule"), "{text}");
    assert!(text.contains("poll: unsafe fn("), "{text}");
    assert!(text.contains("struct Record"), "{text}");
}
