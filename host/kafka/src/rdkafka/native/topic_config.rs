//! The settings of a topic (`DescribeConfigs`).

use super::event::{Event, array};
use super::handle::{Handle, string};
use crate::Result;
use crate::rdkafka::errors::{failed, failed_because};
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr as Code;
use std::collections::BTreeMap;
use std::ffi::CStr;

/// Asks for the settings of the topic `name`; the answer comes to `queue`.
///
/// # Safety
/// Options and queue are live and of this client.
pub(super) unsafe fn ask(
    handle: &Handle,
    name: &CStr,
    options: *mut sys::rd_kafka_AdminOptions_t,
    queue: *mut sys::rd_kafka_queue_t,
) {
    // SAFETY: the caller vouches for both; the name is copied, the object is ours and freed.
    unsafe {
        let kind = sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
        let resource = sys::rd_kafka_ConfigResource_new(kind, name.as_ptr());
        sys::rd_kafka_DescribeConfigs(handle.ptr(), [resource].as_mut_ptr(), 1, options, queue);
        sys::rd_kafka_ConfigResource_destroy(resource);
    }
}

/// What the broker answered; `what` begins the sentence of an error.
pub(super) fn answer(event: &Event, what: &str) -> Result<BTreeMap<String, String>> {
    // SAFETY: everything read lives as long as the event and is copied.
    unsafe {
        let code = sys::rd_kafka_event_error(event.ptr());
        if code != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(failed_because(code, what, &string(sys::rd_kafka_event_error_string(event.ptr()))));
        }
        let mut count = 0;
        let result = sys::rd_kafka_event_DescribeConfigs_result(event.ptr());
        let resources = sys::rd_kafka_DescribeConfigs_result_resources(result, &mut count);
        let Some(resource) = array(resources, count).first() else { return Ok(BTreeMap::new()) };
        let code = sys::rd_kafka_ConfigResource_error(*resource);
        if code != Code::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(failed(code, what));
        }
        let entries = sys::rd_kafka_ConfigResource_configs(*resource, &mut count);
        let pairs = array(entries, count).iter().map(|entry| {
            (string(sys::rd_kafka_ConfigEntry_name(*entry)), string(sys::rd_kafka_ConfigEntry_value(*entry)))
        });
        Ok(pairs.collect())
    }
}
