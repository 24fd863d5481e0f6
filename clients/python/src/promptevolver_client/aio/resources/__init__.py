"""Operations by resource, to be sent."""
