//! librdkafka's error codes sorted by what to do about them.

use crate::{Error, ErrorKind};
use rdkafka::types::{RDKafkaErrorCode as Code, RDKafkaRespErr};
use std::fmt::Display;

/// The error for a failed call; `what` says which topic, group or call it was.
pub(super) fn failed(code: RDKafkaRespErr, what: impl Display) -> Error {
    let code = Code::from(code);
    Error::new(kind(code), format!("{what}: {code}"))
}

/// The same with the client's own sentence in place of the code's.
pub(super) fn failed_because(code: RDKafkaRespErr, what: impl Display, reason: &str) -> Error {
    let kind = match kind(Code::from(code)) {
        // A TLS connection that breaks off later is a matter of the network.
        ErrorKind::Authentication
            if Code::from(code) == Code::SSL
                && !reason.contains("handshake")
                && !reason.contains("certificate") =>
        {
            ErrorKind::Retriable
        }
        kind => kind,
    };
    Error::because(kind, what, reason)
}

/// The error of a topic; a denied one in the words of the Java clients.
pub(super) fn failed_for(code: RDKafkaRespErr, topic: &str, what: impl Display) -> Error {
    match kind(Code::from(code)) {
        kind @ ErrorKind::TopicAuthorization => {
            Error::new(kind, format!("Not authorized to access topics: [{topic}]"))
        }
        _ => failed(code, what),
    }
}

/// What to do about a code; everything unknown is passing trouble, as in the Java client's
/// `UnknownServerException` the next attempt decides.
pub(super) fn kind(code: Code) -> ErrorKind {
    use Code::*;
    match code {
        OperationTimedOut | MessageTimedOut | RequestTimedOut | TimedOutQueue => ErrorKind::TimedOut,
        Authentication
        | SaslAuthenticationFailed
        | UnsupportedSASLMechanism
        | IllegalSASLState
        | SSL
        | SecurityDisabled => ErrorKind::Authentication,
        TopicAuthorizationFailed => ErrorKind::TopicAuthorization,
        GroupAuthorizationFailed => ErrorKind::GroupAuthorization,
        ClusterAuthorizationFailed
        | TransactionalIdAuthorizationFailed
        | DelegationTokenAuthorizationFailed => ErrorKind::Authorization,
        Fenced | ProducerFenced | InvalidProducerEpoch | FencedInstanceId | TransactionCoordinatorFenced => {
            ErrorKind::Fenced
        }
        UnknownTopic | UnknownTopicOrPartition | UnknownPartition | UnknownTopicId => ErrorKind::UnknownTopic,
        TopicAlreadyExists => ErrorKind::AlreadyExists,
        MessageSizeTooLarge | MessageBatchTooLarge => ErrorKind::TooLarge,
        InvalidRecord
        | InvalidTimestamp
        | InvalidTopic
        | InvalidMessage
        | InvalidArgument
        | InvalidRequest
        | InvalidPartitions
        | InvalidReplicaAssignment
        | PolicyViolation
        | BadMessage
        | OffsetOutOfRange
        | AutoOffsetReset
        | UnsupportedForMessageFormat
        | OffsetMetadataTooLarge
        | InvalidGroupId
        | InvalidRequiredAcks
        | TopicDeletionDisabled => ErrorKind::Invalid,
        InvalidConfig => ErrorKind::InvalidConfig,
        InvalidReplicationFactor => ErrorKind::InvalidReplicationFactor,
        IllegalGeneration | UnknownMemberId | AssignmentLost | StaleMemberEpoch | FencedMemberEpoch => {
            ErrorKind::NotOwner
        }
        NonEmptyGroup | GroupSubscribedToTopic => ErrorKind::GroupNotEmpty,
        GroupIdNotFound => ErrorKind::UnknownGroup,
        UnsupportedVersion
        | UnsupportedFeature
        | UnsupportedCompressionType
        | InvalidSessionTimeout
        | InvalidTransactionTimeout
        | InconsistentGroupProtocol
        | NotConfigured => ErrorKind::Config,
        Fatal
        | InvalidProducerIdMapping
        | OutOfOrderSequenceNumber
        | CriticalSystemResource
        | GaplessGuarantee => ErrorKind::Fatal,
        PurgeQueue | PurgeInflight => ErrorKind::AbortTransaction,
        _ => ErrorKind::Retriable,
    }
}
