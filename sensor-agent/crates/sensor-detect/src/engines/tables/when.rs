//! Which operations a row of a table is about.

use sensor_protocols::observation::{Direction, Observation, OperationClass, Protocol};

/// A condition on the operation of a message.
#[derive(Clone, Copy)]
pub(crate) enum When {
    /// Every operation.
    Any,
    /// This code, whatever its second-level code.
    Code(u32),
    /// One of these codes.
    Codes(&'static [u32]),
    /// This code with this second-level code.
    Sub(u32, u32),
    /// This code with a second-level code from the first to the last.
    Subs(u32, (u32, u32)),
    /// One of these classes.
    Class(&'static [OperationClass]),
    /// What the other conditions cannot say.
    Holds(fn(&Observation<'_>) -> bool),
}

impl When {
    pub(crate) fn fits(self, observation: &Observation<'_>) -> bool {
        let operation = &observation.operation;
        match self {
            Self::Any => true,
            Self::Code(code) => operation.code == code,
            Self::Codes(codes) => codes.contains(&operation.code),
            Self::Sub(code, sub) => operation.code == code && operation.sub == Some(sub),
            Self::Subs(code, (first, last)) => {
                operation.code == code
                    && operation
                        .sub
                        .is_some_and(|sub| (first..=last).contains(&sub))
            }
            Self::Class(classes) => classes.contains(&operation.class),
            Self::Holds(holds) => holds(observation),
        }
    }
}

/// Messages a row is about.
#[derive(Clone, Copy)]
pub(crate) struct Messages {
    pub protocol: Protocol,
    /// Any direction when `None`.
    pub direction: Option<Direction>,
    pub when: When,
}

impl Messages {
    pub(crate) const fn requests(protocol: Protocol, when: When) -> Self {
        Self {
            protocol,
            direction: Some(Direction::Request),
            when,
        }
    }

    pub(crate) const fn responses(protocol: Protocol, when: When) -> Self {
        Self {
            protocol,
            direction: Some(Direction::Response),
            when,
        }
    }

    pub(crate) const fn any(protocol: Protocol, when: When) -> Self {
        Self {
            protocol,
            direction: None,
            when,
        }
    }

    pub(crate) fn contain(&self, observation: &Observation<'_>) -> bool {
        self.protocol == observation.protocol
            && self
                .direction
                .is_none_or(|direction| direction == observation.direction)
            && self.when.fits(observation)
    }
}
