//! Contexts of an association: which interfaces are bound, and which of them are accepted.

use super::association::{Association, Context};
use super::body::{Body, name};
use super::pdu::Syntax;
use super::uuid::{Order, Uuid};
use crate::dissect::cursor::{Cursor, Short};
use crate::limits;
use crate::observation::{Anomaly, Outcome};

/// The transfer syntaxes whose arguments are read: NDR (C706, 14) and its form of 64 bits (MS-RPCE 2.2.5).
const NDR: Uuid = Uuid::of(0x8a885d04_1ceb_11c9_9fe8_08002b104860);
const NDR64: Uuid = Uuid::of(0x71710533_beba_4937_8319_b5dbef9ccc36);

impl Association {
    /// Tells the interfaces of a bind and remembers its contexts (12.6.4.3).
    pub(super) fn bind(
        &mut self,
        order: Order,
        cursor: &mut Cursor<'_>,
        body: &mut Body,
    ) -> Result<(), Short> {
        cursor.skip(8)?; // sizes of fragments, group
        let count = cursor.u8()?;
        cursor.skip(3)?;
        self.proposed.clear();
        let mut items = limits::DCERPC_BIND_ITEMS;
        let mut latest = None;
        for _ in 0..count {
            let id = order.u16(cursor)?;
            let syntaxes = cursor.u8()?;
            cursor.skip(1)?;
            let interface = Syntax::read(order, cursor)?;
            let mut wide = None;
            for _ in 0..syntaxes {
                match Syntax::read(order, cursor)?.uuid {
                    NDR => wide = Some(false),
                    NDR64 => wide = wide.or(Some(true)),
                    _ => {}
                }
                items = items.saturating_sub(1);
                if items == 0 {
                    body.flag(Anomaly::LimitReached);
                    return Ok(());
                }
            }
            // One interface is offered in several transfer syntaxes.
            if latest != Some(interface.uuid) {
                name(interface.uuid, &mut body.told);
                body.told.id("interface_version", interface.version);
            }
            latest = Some(interface.uuid);
            self.remember(id, interface.uuid, wide, body);
        }
        Ok(())
    }

    fn remember(&mut self, id: u16, interface: Uuid, wide: Option<bool>, body: &mut Body) {
        self.contexts.retain(|context| context.id != id);
        if self.contexts.len() >= limits::DCERPC_CONTEXTS {
            self.contexts.remove(0);
            body.flag(Anomaly::LimitReached);
        }
        self.contexts.push(Context {
            id,
            interface,
            wide,
            refused: false,
        });
        self.proposed.push(id);
    }

    /// Notes which contexts are accepted (12.6.4.4).
    pub(super) fn accepted(
        &mut self,
        order: Order,
        cursor: &mut Cursor<'_>,
        body: &mut Body,
    ) -> Result<(), Short> {
        cursor.skip(8)?; // sizes of fragments, group
        let address = usize::from(order.u16(cursor)?);
        cursor.skip(address)?;
        let over = cursor.offset() & 3;
        cursor.skip(4_usize.saturating_sub(over) & 3)?;
        let count = cursor.u8()?;
        cursor.skip(3)?;
        let proposed = std::mem::take(&mut self.proposed);
        let mut any = count == 0;
        let mut refusal = 0;
        for at in 0..usize::from(count) {
            let (result, reason) = (order.u16(cursor)?, order.u16(cursor)?);
            Syntax::read(order, cursor)?;
            // Three is the answer to what is no context: features of the sender (MS-RPCE 2.2.2.4).
            any |= matches!(result, 0 | 3);
            if result != 0 {
                refusal = reason;
                let id = proposed.get(at).copied();
                self.refuse(id);
                body.refusal(id, result);
            }
        }
        body.outcome = if any {
            Outcome::Ok
        } else {
            Outcome::Error {
                code: u32::from(refusal),
                name: provider(refusal),
            }
        };
        Ok(())
    }

    fn refuse(&mut self, id: Option<u16>) {
        for context in &mut self.contexts {
            if Some(context.id) == id {
                context.refused = true;
            }
        }
    }
}

/// Reasons of a provider for refusing a context (12.6.3.1).
const fn provider(reason: u16) -> &'static str {
    match reason {
        0 => "reason_not_specified",
        1 => "abstract_syntax_not_supported",
        2 => "transfer_syntaxes_not_supported",
        3 => "local_limit_exceeded",
        _ => "unknown",
    }
}
