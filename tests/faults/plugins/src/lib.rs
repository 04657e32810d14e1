//! What the fault plugins share: a healthy connector, and macros that leave only the fault to write.

use std::sync::Arc;

use ferry_plugin_abi::api::{
    Connector, ConnectorContext, Factory, PluginClass, SinkContext, SinkTask, SourceContext, SourceTask,
};
use ferry_plugin_abi::config::{ConfigDef, ConfigMap};
use ferry_plugin_abi::data::{Batch, Record, Schema, Value, ValueRef};
use ferry_plugin_abi::{Error, Result};

pub use ferry_plugin_abi as abi;

/// A connector with as many tasks as it may have, all configured alike.
#[derive(Default)]
pub struct Plain(ConfigMap);

impl Connector for Plain {
    fn start(&mut self, _: ConnectorContext, config: &ConfigMap) -> Result<()> {
        self.0 = config.clone();
        Ok(())
    }
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        Ok(vec![self.0.clone(); max_tasks])
    }
}

/// Sends `messages` numbered records to `topic`, then no more.
#[derive(Default)]
pub struct Healthy {
    context: Option<SourceContext>,
    topic: String,
    messages: i64,
    sent: i64,
}

impl SourceTask for Healthy {
    fn start(&mut self, context: SourceContext, config: &ConfigMap) -> Result<()> {
        let partition = Value::map([("of", "healthy")]);
        let stored = context.offset(&partition)?;
        self.sent = stored.as_ref().and_then(|o| o.get("sent")?.as_i64()).unwrap_or(0);
        self.topic = config.get("topic").unwrap_or("faults").to_owned();
        self.messages = config.get("messages").and_then(|m| m.parse().ok()).unwrap_or(1);
        self.context = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        if self.sent >= self.messages {
            if let Some(context) = &self.context {
                context.sleep(std::time::Duration::from_millis(20));
            }
            return Ok(None);
        }
        self.sent += 1;
        let batch = Batch::build(|out| {
            let arena = out.arena();
            let partition = Value::map([("of", "healthy")]).put(arena);
            let offset = Value::map([("sent", self.sent)]).put(arena);
            let text = arena.str(&format!("message {}", self.sent));
            out.push(
                Record::to(arena.str(&self.topic))
                    .with_value(Some(arena.schema(Schema::string())), ValueRef::str(text))
                    .from_source(partition, offset),
            );
            Ok::<(), Error>(())
        })?;
        Ok(Some(batch))
    }
}

/// Takes everything.
#[derive(Default)]
pub struct Swallow;

impl SinkTask for Swallow {
    fn start(&mut self, _: SinkContext, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn put(&mut self, _: Batch) -> Result<()> {
        Ok(())
    }
}

/// A class of this factory.
pub fn class(class: &str, factory: Factory) -> PluginClass {
    PluginClass {
        class: class.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documentation: "Misbehaves.".to_owned(),
        config: ConfigDef::new(),
        factory,
    }
}

/// A source with these tasks.
pub fn source<T: SourceTask + Default + 'static>(name: &str) -> PluginClass {
    let connector = Arc::new(|| Ok(Box::<Plain>::default() as Box<dyn Connector>));
    let task = Arc::new(|| Ok(Box::<T>::default() as Box<dyn SourceTask>));
    class(name, Factory::Source { connector, task })
}

/// A sink with these tasks.
pub fn sink<T: SinkTask + Default + 'static>(name: &str) -> PluginClass {
    let connector = Arc::new(|| Ok(Box::<Plain>::default() as Box<dyn Connector>));
    let task = Arc::new(|| Ok(Box::<T>::default() as Box<dyn SinkTask>));
    class(name, Factory::Sink { connector, task })
}

/// Makes the file a plugin of one source class with these tasks.
#[macro_export]
macro_rules! source_plugin {
    ($class:literal, $task:ty) => {
        fn classes() -> Vec<$crate::abi::api::PluginClass> {
            vec![$crate::source::<$task>($class)]
        }
        $crate::abi::export_plugin! { classes: classes, list: [(source, $class)] }
    };
}

/// Makes the file a plugin of one sink class with these tasks.
#[macro_export]
macro_rules! sink_plugin {
    ($class:literal, $task:ty) => {
        fn classes() -> Vec<$crate::abi::api::PluginClass> {
            vec![$crate::sink::<$task>($class)]
        }
        $crate::abi::export_plugin! { classes: classes, list: [(sink, $class)] }
    };
}

/// Makes the file a plugin by hand: one class `$class`, whose header is changed by `$change`, and with
/// or without a manifest section of the text `$manifest`.
#[macro_export]
macro_rules! forged_plugin {
    ($class:literal, |$header:ident| $change:block $(, manifest: $manifest:expr)?) => {
        use $crate::abi::plugin::{Handshake, Identity, Plugin};
        const IDENTITY: Identity = Identity {
            name: "forged",
            owner: "",
            version: "0.1.0",
            description: "",
            license: "",
            documentation: "",
            sdk: "",
            unwinds: true,
            classes: &[($crate::abi::api::ClassKind::Source, $class)],
        };
        $(
            #[used]
            #[unsafe(link_section = ".ferry.manifest")]
            static MANIFEST: [u8; $manifest.len()] = *$manifest;
        )?
        static PLUGIN: Plugin = Plugin {
            manifest: "",
            classes: || vec![$crate::source::<$crate::Healthy>($class)],
            init: || {},
        };
        static HANDSHAKE: Handshake = {
            #[allow(unused_mut)]
            let mut $header = Handshake::of(&IDENTITY);
            $change
            $header
        };
        #[unsafe(no_mangle)]
        extern "C" fn ferry_plugin_handshake() -> *const Handshake {
            $crate::abi::plugin::enter(&PLUGIN);
            &HANDSHAKE
        }
    };
}
