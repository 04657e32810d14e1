//! librdkafka's errors sorted by what to do about them.

use crate::{Error, ErrorKind};
use ::rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// What to do about an error code of the broker or the client library.
pub(super) fn kind(code: Code) -> ErrorKind {
    match code {
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed => ErrorKind::Authorization,
        Code::SaslAuthenticationFailed
        | Code::Authentication
        | Code::SSL
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState => ErrorKind::Authentication,
        Code::ProducerFenced | Code::Fenced | Code::InvalidProducerEpoch => ErrorKind::Fenced,
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            ErrorKind::UnknownTopic
        }
        Code::TopicAlreadyExists => ErrorKind::AlreadyExists,
        Code::MessageSizeTooLarge | Code::MessageBatchTooLarge => ErrorKind::TooLarge,
        Code::InvalidTopic
        | Code::InvalidRecord
        | Code::InvalidTimestamp
        | Code::InvalidPartitions
        | Code::InvalidReplicationFactor
        | Code::InvalidReplicaAssignment
        | Code::InvalidConfig
        | Code::InvalidRequest
        | Code::PolicyViolation
        | Code::InvalidArgument
        | Code::OffsetOutOfRange
        | Code::AutoOffsetReset
        | Code::NoOffset
        | Code::OffsetMetadataTooLarge
        | Code::UnsupportedCompressionType => ErrorKind::Invalid,
        Code::IllegalGeneration
        | Code::UnknownMemberId
        | Code::RebalanceInProgress
        | Code::AssignmentLost
        | Code::FencedInstanceId => ErrorKind::NotOwner,
        Code::NonEmptyGroup | Code::GroupSubscribedToTopic => ErrorKind::GroupNotEmpty,
        Code::GroupIdNotFound => ErrorKind::UnknownGroup,
        Code::OperationTimedOut | Code::MessageTimedOut | Code::RequestTimedOut | Code::TimedOutQueue => {
            ErrorKind::TimedOut
        }
        Code::PurgeQueue | Code::PurgeInflight => ErrorKind::AbortTransaction,
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::Resolve
        | Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::BrokerNotAvailable
        | Code::ReplicaNotAvailable
        | Code::NetworkException
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::NotEnoughReplicas
        | Code::NotEnoughReplicasAfterAppend
        | Code::NotController
        | Code::KafkaStorageError
        | Code::ConcurrentTransactions
        | Code::UnstableOffsetCommit
        | Code::ThrottlingQuotaExceeded
        | Code::ReassignmentInProgress
        | Code::FencedLeaderEpoch
        | Code::UnknownLeaderEpoch
        | Code::OffsetNotAvailable
        | Code::PreferredLeaderNotAvailable
        | Code::EligibleLeadersNotAvailable
        | Code::ISRInsufficient
        | Code::WaitingForCoordinator
        | Code::WaitCache
        | Code::InvalidMessage
        | Code::MemberIdRequired
        | Code::Retry
        | Code::QueueFull => ErrorKind::Retriable,
        _ => ErrorKind::Fatal,
    }
}

/// The error of a code, in librdkafka's words.
pub(super) fn code_error(code: Code) -> Error {
    Error::new(kind(code), code.to_string())
}

/// The error of a failed call.
pub(super) fn client_error(error: &KafkaError) -> Error {
    match error {
        KafkaError::Transaction(error) => {
            let kind = match kind(error.code()) {
                ErrorKind::Fenced => ErrorKind::Fenced,
                _ if error.is_fatal() => ErrorKind::Fatal,
                _ if error.txn_requires_abort() => ErrorKind::AbortTransaction,
                _ if error.is_retriable() => ErrorKind::Retriable,
                other => other,
            };
            Error::new(kind, error.string())
        }
        KafkaError::MessageConsumptionFatal(code) => Error::new(ErrorKind::Fatal, code.to_string()),
        // The text may repeat a value.
        KafkaError::ClientConfig(_, _, name, _) => {
            Error::new(ErrorKind::Config, format!("{name} is not accepted by the Kafka client"))
        }
        KafkaError::ClientCreation(why) => {
            Error::new(ErrorKind::Config, format!("cannot create a Kafka client: {why}"))
        }
        KafkaError::Canceled => Error::new(ErrorKind::Fatal, "the client was closed"),
        KafkaError::Nul(_) => Error::new(ErrorKind::Invalid, "a name contains a zero byte"),
        other => match other.rdkafka_error_code() {
            Some(code) => code_error(code),
            None => Error::new(ErrorKind::Fatal, other.to_string()),
        },
    }
}
