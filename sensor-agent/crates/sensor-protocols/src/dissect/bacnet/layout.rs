//! Where the parameters of each service are.
//!
//! Data in: nothing; these are tables. A parameter stands under the numbers of the constructed tags
//! around it and its own tag. Sources: ASHRAE 135-2020, clauses 13 to 17 and the productions of clause
//! 21 of the same names.

use super::tags::application;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Object identifier.
    Object,
    Property,
    /// Array index of the property before.
    Index,
    /// A value, left as it is but for texts of the device object.
    Value,
    /// Class, then code of an error.
    Error,
    /// What a control asks for: state of a restart, enable or disable, life safety operation.
    State,
    Vendor,
    /// Number of a service of that vendor.
    VendorService,
    /// Maximum size, then the vendor, of I-Am.
    IAm,
    /// A name that is looked for or told.
    Name,
    /// Lowest and highest device instance that is looked for.
    Lowest,
    Highest,
    /// Channel group of a write.
    Group,
    /// The device that tells or is told who it is: vendor, then model, then serial number.
    Model,
}

/// Tag of a parameter itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Context(u8),
    Application(u8),
}

/// Place and meaning of one parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) path: &'static [u8],
    pub(super) own: Own,
    pub(super) field: Field,
}

/// The parameters of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) rules: &'static [Rule],
    /// Context tags at the top that must be there, as bits.
    pub(super) required: u32,
}

const fn at(path: &'static [u8], tag: u8, field: Field) -> Rule {
    Rule {
        path,
        own: Own::Context(tag),
        field,
    }
}

const fn typed(path: &'static [u8], kind: u8, field: Field) -> Rule {
    Rule {
        path,
        own: Own::Application(kind),
        field,
    }
}

const fn layout(required: u32, rules: &'static [Rule]) -> Layout {
    Layout { rules, required }
}

use Field::{
    Error, Group, Highest, IAm, Index, Lowest, Model, Name, Object, Property, State, Value, Vendor,
    VendorService,
};

const NONE: Layout = layout(0, &[]);

/// One property, by object: `ReadProperty`, `WriteProperty`, `ReadRange`, list elements.
const PROPERTY: &[Rule] = &[
    at(&[], 0, Object),
    at(&[], 1, Property),
    at(&[], 2, Index),
    at(&[], 3, Value),
];
const FIRST: Layout = layout(0, &[at(&[], 0, Object)]);
const SECOND: &[Rule] = &[at(&[], 1, Object)];
const TYPED: Layout = layout(0, &[typed(&[], application::OBJECT_IDENTIFIER, Object)]);
const COV: Layout = layout(
    0b1_1111,
    &[
        at(&[], 1, Object),
        at(&[], 2, Object),
        at(&[4], 0, Property),
        at(&[4], 1, Index),
        at(&[4], 2, Value),
    ],
);
const COV_MULTIPLE: Layout = layout(
    0b1_0011,
    &[
        at(&[], 1, Object),
        at(&[4], 0, Object),
        at(&[4, 1], 0, Property),
        at(&[4, 1], 1, Index),
        at(&[4, 1], 2, Value),
    ],
);
const EVENT: Layout = layout(0b1001_0111_1111, &[at(&[], 1, Object), at(&[], 2, Object)]);
const PRIVATE: Layout = layout(0b11, &[at(&[], 0, Vendor), at(&[], 1, VendorService)]);
const TEXT: Layout = layout(0b1101, &[at(&[], 0, Object)]);
const ERRORS: &[Rule] = &[
    typed(&[], application::ENUMERATED, Error),
    typed(&[0], application::ENUMERATED, Error),
    at(&[1], 0, Object),
    at(&[1], 1, Property),
    at(&[1], 2, Index),
];

/// Confirmed requests, by service.
const REQUESTS: &[Layout] = &[
    layout(0b11_1111, SECOND), // acknowledge_alarm
    COV,
    EVENT,
    NONE,
    NONE,
    layout(0b11, SECOND), // subscribe_cov
    TYPED,                // atomic_read_file
    TYPED,
    layout(0b1011, PROPERTY), // add_list_element
    layout(0b1011, PROPERTY),
    layout(
        0b1,
        &[
            at(&[0], 1, Object),
            at(&[1], 0, Property),
            at(&[1], 1, Index),
        ],
    ),
    TYPED,                  // delete_object
    layout(0b11, PROPERTY), // read_property
    NONE,
    layout(
        0b11,
        &[
            at(&[], 0, Object),
            at(&[1], 0, Property),
            at(&[1], 1, Index),
        ],
    ),
    layout(0b1011, PROPERTY), // write_property
    layout(
        0b11,
        &[
            at(&[], 0, Object),
            at(&[1], 0, Property),
            at(&[1], 1, Index),
            at(&[1], 2, Value),
        ],
    ),
    layout(0b10, &[at(&[], 1, State)]), // device_communication_control
    PRIVATE,
    TEXT,
    layout(0b1, &[at(&[], 0, State)]), // reinitialize_device
    NONE,
    NONE,
    NONE,
    NONE,
    NONE,
    layout(0b11, PROPERTY), // read_range
    layout(0b111, &[at(&[], 2, State), at(&[], 3, Object)]),
    layout(
        0b1_0011, // subscribe_cov_property
        &[
            at(&[], 1, Object),
            at(&[4], 0, Property),
            at(&[4], 1, Index),
        ],
    ),
    FIRST, // get_event_information
    layout(
        0b1, // subscribe_cov_property_multiple
        &[
            at(&[4], 0, Object),
            at(&[4, 1, 0], 0, Property),
            at(&[4, 1, 0], 1, Index),
        ],
    ),
    COV_MULTIPLE,
];

/// Complex acknowledgments, by service. Those without a row tell no objects.
const ACKNOWLEDGMENTS: &[(u8, Layout)] = &[
    (3, TYPED),
    (4, TYPED),
    (10, TYPED),
    (12, layout(0b1011, PROPERTY)),
    (
        14,
        layout(
            0b11,
            &[
                at(&[], 0, Object),
                at(&[1], 2, Property),
                at(&[1], 3, Index),
                at(&[1], 4, Value),
                typed(&[1, 5], application::ENUMERATED, Error),
            ],
        ),
    ),
    (18, PRIVATE),
    (
        26,
        layout(
            0b11_1011,
            &[
                at(&[], 0, Object),
                at(&[], 1, Property),
                at(&[], 2, Index),
                at(&[], 5, Value),
            ],
        ),
    ),
    (29, layout(0b11, &[at(&[0], 0, Object)])),
];

/// Unconfirmed requests, by service.
const UNCONFIRMED: &[Layout] = &[
    layout(
        0, // i_am
        &[
            typed(&[], application::OBJECT_IDENTIFIER, Object),
            typed(&[], application::UNSIGNED, IAm),
        ],
    ),
    layout(
        0, // i_have
        &[
            typed(&[], application::OBJECT_IDENTIFIER, Object),
            typed(&[], application::CHARACTER_STRING, Name),
        ],
    ),
    COV,
    EVENT,
    PRIVATE,
    TEXT,
    NONE,
    layout(
        0, // who_has
        &[
            at(&[], 0, Lowest),
            at(&[], 1, Highest),
            at(&[], 2, Object),
            at(&[], 3, Name),
        ],
    ),
    layout(0, &[at(&[], 0, Lowest), at(&[], 1, Highest)]),
    NONE,
    layout(0b111, &[at(&[], 0, Group)]), // write_group
    COV_MULTIPLE,
    NONE,
    IDENTITY, // who_am_i
    IDENTITY,
];

const IDENTITY: Layout = layout(
    0,
    &[
        typed(&[], application::UNSIGNED, Vendor),
        typed(&[], application::CHARACTER_STRING, Model),
        typed(&[], application::OBJECT_IDENTIFIER, Object),
    ],
);

fn find(table: &[Layout], service: u8) -> Layout {
    table.get(usize::from(service)).copied().unwrap_or(NONE)
}

pub(super) fn request(service: u8) -> Layout {
    find(REQUESTS, service)
}

pub(super) fn unconfirmed(service: u8) -> Layout {
    find(UNCONFIRMED, service)
}

pub(super) fn acknowledgment(service: u8) -> Layout {
    ACKNOWLEDGMENTS
        .iter()
        .find(|(known, _)| *known == service)
        .map_or(NONE, |(_, layout)| *layout)
}

/// Errors of every service: class and code at the top or under tag 0, what failed under tag 1.
pub(super) const ERROR: Layout = layout(0, ERRORS);

/// Services whose parameters are secret, or can be: passwords, keys, and what is typed at a terminal.
pub(super) fn is_secret(service: u8) -> bool {
    matches!(service, 17 | 20 | 23..=25 | 34)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables stand by number: a service's place is told by a parameter that only it has.
    #[test]
    fn layouts_stand_at_their_number() {
        let has = |layout: Layout, path: &[u8], own, field| {
            layout
                .rules
                .iter()
                .any(|r| r.path == path && r.own == own && r.field == field)
        };
        assert!(has(request(17), &[], Own::Context(1), State));
        assert!(has(request(20), &[], Own::Context(0), State));
        assert!(has(request(16), &[1], Own::Context(2), Value));
        assert!(has(request(27), &[], Own::Context(3), Object));
        assert!(has(request(28), &[4], Own::Context(0), Property));
        assert!(has(request(30), &[4, 1, 0], Own::Context(0), Property));
        assert!(has(request(31), &[4, 1], Own::Context(2), Value));
        assert!(request(32).rules.is_empty());
        assert!(has(unconfirmed(7), &[], Own::Context(3), Name));
        assert!(has(unconfirmed(10), &[], Own::Context(0), Group));
        let text = Own::Application(application::CHARACTER_STRING);
        assert!(has(unconfirmed(14), &[], text, Model));
        let error = Own::Application(application::ENUMERATED);
        assert!(has(acknowledgment(14), &[1, 5], error, Error));
    }
}
