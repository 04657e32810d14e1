//! The factory of clients for one cluster or one embedded log.

use crate::{Admin, ClientConfig, Consumer, Producer, Result};

/// Makes clients of one cluster or one embedded log; cheap to share.
///
/// Each configuration is the user's flat map (see [`ClientConfig`]); `bootstrap.servers` in it wins over
/// the one this client was made with, as an override in a connector's configuration does.
pub trait Client: Send + Sync {
    /// A producer; does not wait for the broker.
    fn producer(&self, config: &ClientConfig) -> Result<Box<dyn Producer>>;

    /// A consumer; does not wait for the broker.
    fn consumer(&self, config: &ClientConfig) -> Result<Box<dyn Consumer>>;

    /// An admin client; does not wait for the broker.
    fn admin(&self, config: &ClientConfig) -> Result<Box<dyn Admin>>;
}
