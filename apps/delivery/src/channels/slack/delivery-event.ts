/** The `event_type` of the metadata that marks our messages; its payload holds `delivery_id` and `attempt`. */
export const deliveryEvent = 'carillon_delivery';
