/** The `event_type` of the metadata of Carillon's messages; its payload holds `delivery_id` and `attempt`. */
export const deliveryEvent = 'carillon_delivery';
