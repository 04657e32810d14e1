//! The classes that a task is made of, besides its connector's.

use std::sync::Arc;

use ferry_config::connector::{ConnectorConfig, TransformConfig};
use ferry_config::worker::ConverterConfig;
use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{ClassKind, PluginClass, Role};

use super::TaskSpec;
use crate::environment::Environment;
use crate::herder::ConnectorType;
use crate::metrics::{ClassInfo, TaskClasses};

/// The converter of a task in this role, with its settings: the connector's own, else the worker's.
pub(super) fn converter<'c>(
    environment: &'c Environment,
    of: &PluginClass,
    connector: &'c ConnectorConfig,
    role: Role,
) -> Result<(&'c ConverterConfig, Arc<PluginClass>)> {
    let worker = &environment.worker;
    let (own, default) = match role {
        Role::Key => (&connector.key_converter, &worker.key_converter),
        Role::Value => (&connector.value_converter, &worker.value_converter),
        Role::Header => (&connector.header_converter, &worker.header_converter),
    };
    let kind = if role == Role::Header { ClassKind::HeaderConverter } else { ClassKind::Converter };
    Ok(match own {
        Some(own) => (own, environment.resolve_beside(of, kind, &own.class, own.version.as_deref())?),
        None => (default, environment.resolve(kind, &default.class, default.version.as_deref())?),
    })
}

/// The class of a transform.
pub(super) fn transform(
    environment: &Environment,
    of: &PluginClass,
    config: &TransformConfig,
) -> Result<Arc<PluginClass>> {
    environment.resolve_beside(of, ClassKind::Transform, &config.class, config.version.as_deref())
}

/// All of them, for those who want to know what runs.
pub(super) fn all(environment: &Environment, spec: &TaskSpec) -> Result<TaskClasses> {
    let (of, connector) = (&spec.class, &*spec.connector);
    let info = |class: &PluginClass| ClassInfo { class: class.class.clone(), version: class.version.clone() };
    let role = |role| Ok::<_, ferry_plugin_abi::Error>(info(&converter(environment, of, connector, role)?.1));
    let (mut transforms, mut predicates) = (Vec::new(), Vec::new());
    for stage in &connector.transforms {
        let class = transform(environment, of, stage)?;
        transforms.push((stage.alias.clone(), info(&class)));
        let guard = connector.predicates.iter().find(|p| Some(&p.alias) == stage.predicate.as_ref());
        if let Some(guard) = guard
            && !predicates.iter().any(|(alias, _)| *alias == guard.alias)
        {
            let (class, version) = (&guard.class, guard.version.as_deref());
            let class = environment.resolve_beside(of, ClassKind::Predicate, class, version)?;
            predicates.push((guard.alias.clone(), info(&class)));
        }
    }
    let class = spec.config.get("task.class").unwrap_or_default().to_owned();
    Ok(TaskClasses {
        connector: info(of),
        kind: ConnectorType::from(Some(of.kind())).name(),
        // A task is of its connector's version: they come out of one library.
        task: ClassInfo { class, version: of.version.clone() },
        key_converter: role(Role::Key)?,
        value_converter: role(Role::Value)?,
        header_converter: role(Role::Header)?,
        transforms,
        predicates,
    })
}
