//! Works on any host of its major version, whatever it was built against, and says what the host offers.

use fault_plugins::abi::api::{SourceContext, SourceTask};
use fault_plugins::abi::config::ConfigMap;
use fault_plugins::abi::data::{Batch, Record};
use fault_plugins::abi::{Error, Result};

#[derive(Default)]
struct Modest(Option<SourceContext>);

impl SourceTask for Modest {
    fn start(&mut self, context: SourceContext, _: &ConfigMap) -> Result<()> {
        self.0 = Some(context);
        Ok(())
    }
    fn poll(&mut self) -> Result<Option<Batch>> {
        let host = self.0.as_ref().ok_or_else(|| Error::fatal("not started"))?.host();
        let offers = ["everything", "newer"].map(|feature| host.offers(feature));
        Batch::build(|out| {
            out.push(Record::to(out.arena().str(&format!("{offers:?}"))));
            Ok(())
        })
        .map(Some)
    }
}

use fault_plugins::abi::plugin::{Handshake, Identity, Plugin};

const IDENTITY: Identity = Identity {
    name: "modest",
    owner: "",
    version: "0.1.0",
    description: "",
    license: "",
    documentation: "",
    sdk: "",
    unwinds: true,
    classes: &[(fault_plugins::abi::api::ClassKind::Source, "faults.Modest")],
};
static PLUGIN: Plugin =
    Plugin { manifest: "", classes: || vec![fault_plugins::source::<Modest>("faults.Modest")], init: || {} };
static HANDSHAKE: Handshake = {
    let mut header = Handshake::of(&IDENTITY);
    header.required_minor = 0;
    header
};

#[unsafe(no_mangle)]
extern "C" fn ferry_plugin_handshake() -> *const Handshake {
    fault_plugins::abi::plugin::enter(&PLUGIN);
    &HANDSHAKE
}
